"""Conversations, their members, messages and attachments."""
