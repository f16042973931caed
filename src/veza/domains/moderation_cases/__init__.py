"""Moderation cases: notes among staff, the history of members, appeals against sanctions.

Owns the tables `member_notes` and `appeals`. Sanctions are the warnings and suspensions of
`moderation`, which also stores what was decided on an appeal.
"""
