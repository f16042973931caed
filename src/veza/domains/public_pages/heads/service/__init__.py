"""Describes what pages show, as anybody may see it."""
