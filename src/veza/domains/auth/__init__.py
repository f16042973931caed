"""Accounts, sessions, API keys and account recovery."""
