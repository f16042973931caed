"""The SQL statements of notifications, by topic."""
