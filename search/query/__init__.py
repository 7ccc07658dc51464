"""Complete queries while they are typed, and build their plans."""
