"""Conversations: who talks with whom: direct ones, groups and rooms, and their members.

Announces nothing. Never knows what is said: that is for `messages`.
"""
