"""Conversations: direct ones, groups and rooms, and their members.

Owns the tables `conversations` and `conversation_members`. Announces nothing. Knows no messages:
`messages` asks here for their numbers.
"""
