"""A member's private library: ratings, history, bookmarks, and the queue of their players.

Owns the tables `track_ratings`, `track_bookmarks`, `play_queues`, `library_settings`,
`release_likes`, `release_ratings` and `artist_ratings`. Emits `ReleaseLiked`. `tracks` counts
plays and keeps `track_history`. What is playing at the moment is in Valkey and expires.
"""
