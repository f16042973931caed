"""OpenSubsonic at `/rest/`: the API that existing music players speak.

Shows what the domains of music store: artists are members with tracks, an album is a single track.
Owns no table and emits no events.
"""
