"""Use cases of profiles, by topic."""
