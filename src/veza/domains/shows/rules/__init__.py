"""Decisions about shows."""
