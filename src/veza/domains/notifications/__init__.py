"""Notifications of members, and which of them each member wants."""
