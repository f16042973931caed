"""Prints of recordings: what a track sounds like, to find the same recording again.

Owns the tables `track_prints`, `print_terms`, `taken_down_terms` and `print_matches`. Emits no
events. `audio` makes the prints; a match with what staff has taken down is held by
`moderation/takedowns`.
"""
