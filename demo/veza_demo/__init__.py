"""A demonstration: synthesised music, generated covers, and a community with a shop."""
