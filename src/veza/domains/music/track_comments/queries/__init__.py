"""Statements on comments and their likes, by topic."""
