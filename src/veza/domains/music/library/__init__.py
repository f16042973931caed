"""A member's private library: ratings, history, bookmarks, and the queue of their players.

Owns the tables `track_ratings`, `track_bookmarks`, `play_queues` and `library_settings`. `tracks`
counts plays and keeps `track_history`. What is playing at the moment is in Valkey and expires.
"""
