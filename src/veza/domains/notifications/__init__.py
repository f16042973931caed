"""Notifications of members, and their notification preferences."""
