"""Tags and genres of tracks: use counts and suggestions.

Owns the tables `tags`, `tag_spellings`, `track_tags`, `genres` and `track_genres`. Emits no events.
Reacts to `TrackReady`, `TrackChanged`, `TrackDeleted`, `UserSuspended` and `UserUnsuspended`,
because only the tags and genres of public tracks of members who are not suspended are counted.
Tracks are never changed here.
"""
