"""The HTTP and WebSocket server of a process: uvicorn, with bounds on what a client can cost."""
