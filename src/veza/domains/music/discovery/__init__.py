"""Discovery: similar tracks and artists, radio, and random tracks.

Owns the tables `track_draws`, `similar_tracks`, `stale_tracks`, `similar_artists` and
`stale_artists`. Emits no events. Reacts to `TrackReady` and `TrackChanged`. What is similar is
computed by a job; what a viewer may not see, or does not want to, is left out when it is read.
"""
