"""Use cases of the domain."""
