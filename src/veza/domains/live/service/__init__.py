"""Use cases of live streams."""
