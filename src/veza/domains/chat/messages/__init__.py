"""Messages: sending, editing and reading them, in one order for all members.

Owns the tables `messages`, `message_reactions` and `conversation_events`. Emits `MessageSent`.
`realtime` sends events over sockets.
"""
