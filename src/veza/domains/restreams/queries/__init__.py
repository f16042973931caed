"""SQL of targets, and of what is sent to them."""
