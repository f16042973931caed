"""HTTP routes of playlists."""
