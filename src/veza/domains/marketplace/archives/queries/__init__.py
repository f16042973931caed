"""SQL statements of archives."""
