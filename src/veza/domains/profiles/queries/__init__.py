"""The SQL statements of profiles, by topic."""
