"""Structs of the domain: rows, and what players are shown."""
