"""Tags: which words creators put on tracks, how often, and what somebody may be typing.

Announces nothing. Never changes a track.
"""
