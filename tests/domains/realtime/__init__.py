"""What is said and seen over the WebSocket."""
