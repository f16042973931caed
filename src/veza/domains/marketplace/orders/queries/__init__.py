"""SQL statements of orders, by topic."""
