"""Veza: the backend of a music community."""
