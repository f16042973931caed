"""Every SQL statement on stations."""
