"""Use cases, by topic."""
