"""Use cases of orders, by topic."""
