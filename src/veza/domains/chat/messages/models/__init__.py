"""Structs of messages, by topic."""
