"""What holds connections and processes around the application."""
