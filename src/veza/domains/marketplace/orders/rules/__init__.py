"""Decisions about orders without I/O, by topic."""
