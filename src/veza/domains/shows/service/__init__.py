"""Use cases of shows."""
