"""SQL statements of the domain: they read tables of other domains."""
