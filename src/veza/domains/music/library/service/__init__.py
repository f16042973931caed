"""Use cases of the library, by topic."""
