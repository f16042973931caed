"""SQL statements of discovery."""
