"""SQL statements of shows."""
