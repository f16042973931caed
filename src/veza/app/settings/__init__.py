"""The settings: their types and meanings, how they are read, and how they are shown."""
