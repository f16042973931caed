"""The HTTP and WebSocket server of one process: uvicorn, with a bound on what each client can cost."""
