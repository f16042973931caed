"""Conversations: who talks with whom: direct ones, groups and rooms, and their members.

Owns the tables `conversations` and `conversation_members`. Announces nothing. Never knows what is
said: that is for `messages`, which asks here for its numbers.
"""
