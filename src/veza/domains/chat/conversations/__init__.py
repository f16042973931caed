"""Conversations: direct ones, groups and rooms, and their members.

Owns the tables `conversations` and `conversation_members`. Emits no events. Does not access
messages: `messages` gets their numbers from here.
"""
