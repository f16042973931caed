"""Models of orders, by topic."""
