"""Use cases of discovery, by topic."""
