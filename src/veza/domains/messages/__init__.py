"""Messages: what is said in conversations, in one order for all, and what becomes of it.

Announces `MessageSent`. Never sends anything over a socket: that is for `chat`.
"""
