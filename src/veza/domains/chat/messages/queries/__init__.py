"""The SQL statements of messages, by topic."""
