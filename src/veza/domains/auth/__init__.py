"""Accounts, sessions, API keys, account recovery and validation."""
