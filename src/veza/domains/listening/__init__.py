"""Conversations whose members listen to the same queue at the same time.

What plays is a function of one row and the clock, the same on every node: nothing runs for a room.
Its members, roles, chat and moderation are those of the conversation.

Owns the table `listening_rooms`.
"""
