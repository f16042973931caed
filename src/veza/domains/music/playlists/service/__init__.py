"""Use cases of playlists, by topic."""
