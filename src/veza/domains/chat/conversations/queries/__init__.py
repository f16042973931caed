"""The SQL statements of this domain."""
