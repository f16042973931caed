"""Structs of products, by topic."""
