"""Structs of shows, by topic."""
