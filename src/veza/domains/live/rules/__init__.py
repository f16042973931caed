"""Decisions about live streams."""
