"""SQL statements of events and their signatures."""
