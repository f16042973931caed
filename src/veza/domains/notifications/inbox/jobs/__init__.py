"""Reactions to events, by topic; members are notified once, even if an event is delivered twice."""
