"""The SQL statements of tracks, by topic."""
