"""Tags of tracks: use counts and suggestions.

Owns the tables `tags`, `tag_spellings` and `track_tags`. Emits no events. Reacts to `TrackReady`,
`TrackChanged`, `TrackDeleted`, `UserSuspended` and `UserUnsuspended`, because only the tags of
public tracks of members who are not suspended are counted. Tracks are never changed here.
"""
