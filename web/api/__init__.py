"""What programs read: JSON endpoints, exports, probes and their description."""
