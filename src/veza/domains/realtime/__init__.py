"""Realtime: the WebSocket that sends messages, notifications and presence to members.

Owns the table `chat_tokens`. Emits no events. Everything that must not be lost is stored by
`messages` first, and read from there.
"""
