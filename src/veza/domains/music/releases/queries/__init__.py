"""SQL statements of releases."""
