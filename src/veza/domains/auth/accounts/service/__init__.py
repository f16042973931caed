"""Use cases of accounts, by topic."""
