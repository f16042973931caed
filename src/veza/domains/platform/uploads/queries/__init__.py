"""SQL statements of the domain."""
