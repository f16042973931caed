"""Companies of our own making, over HTTP: driven through the real clients, and able to fail."""
