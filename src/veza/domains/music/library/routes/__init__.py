"""Routes of the library, by topic."""
