"""Use cases of stations."""
