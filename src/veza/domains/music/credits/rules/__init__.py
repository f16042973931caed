"""Rules of entering credits, reading them from tags, and showing them."""
