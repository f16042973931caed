"""SQL of live streams."""
