"""The HTTP and WebSocket server: uvicorn with limits on the resources of a client."""
