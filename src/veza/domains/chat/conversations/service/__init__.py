"""Use cases of conversations, by topic."""
