"""Answers that many requests share, made in front of the framework."""
