"""SQL of products."""
