"""Structs of releases, by topic."""
