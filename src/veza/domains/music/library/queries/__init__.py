"""SQL statements of the library."""
