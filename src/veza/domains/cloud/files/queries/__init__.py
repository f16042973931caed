"""SQL statements of files, by topic."""
