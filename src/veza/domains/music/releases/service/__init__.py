"""Use cases of releases."""
