"""Asks a directory whether VAT ids exist."""
