"""Use cases of refunds, by topic."""
