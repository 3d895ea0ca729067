"""Vehicle-to-grid session: messages and the I/O-free machines of charger and car."""
