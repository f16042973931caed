"""Use cases of broadcasts."""
