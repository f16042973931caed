"""Chat: the WebSocket over which messages, notifications and presence reach members at once.

Owns the table `chat_tokens`. Announces nothing. Never is the only place where something is kept:
what matters is stored by `messages` before it is sent, and read from there.
"""
