"""Messages: sending, editing and reading them, in one order for all members.

Owns the tables `messages`, `message_reactions` and `conversation_events`. Announces `MessageSent`.
Sends nothing over sockets: `realtime` does.
"""
