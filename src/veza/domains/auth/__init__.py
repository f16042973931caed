"""Accounts, sessions, API keys and account recovery: who a request comes from."""
