"""OpenSubsonic at `/rest/`: the API that existing music players speak.

Shows what the domains of music store: artists are members with tracks, albums are releases
and single tracks. Owns no table and emits no events.
"""
