"""Use cases of recordings."""
