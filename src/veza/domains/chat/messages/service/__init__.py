"""Use cases of messages, by topic."""
