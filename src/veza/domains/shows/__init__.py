"""Shows and their episodes, with feeds for podcast applications.

Owns the tables `shows`, `episodes`, `episode_transcripts`, `episode_downloads`, `show_keys`,
`changed_feeds`, `show_search`, `show_imports` and `show_import_items`. Reacts to `TrackChanged`,
`TrackReady`, `UserSuspended` and `UserUnsuspended`. An episode is a track: its audio, its comments,
its plays, and who may hear it are those of the track.
"""
