"""Limits on concurrent work within one process."""
