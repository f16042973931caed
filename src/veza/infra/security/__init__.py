"""Secrets, signatures, passwords, tokens and encryption."""
