"""Use cases of clips."""
