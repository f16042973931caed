"""The SQL statements of posts, by topic."""
