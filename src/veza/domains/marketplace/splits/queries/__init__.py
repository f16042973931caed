"""The SQL statements of splits, by topic."""
