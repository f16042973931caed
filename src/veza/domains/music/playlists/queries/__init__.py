"""The SQL statements of playlists, by topic."""
