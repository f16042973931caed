"""The layers around the application, which see every request."""
