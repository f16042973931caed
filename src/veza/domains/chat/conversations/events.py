"""Signals of this domain; the news itself is in the database."""

# `conversation:<id>`: a conversation has a new event, or its members changed.
CONVERSATION = "conversation"

# `read:<conversation>:<member>:<number>`: a member's read mark moved.
READ = "read"
