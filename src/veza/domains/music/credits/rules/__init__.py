"""How credits are entered, read from tags, and shown."""
