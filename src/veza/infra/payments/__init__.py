"""Payment providers: the protocol, and a client for each."""
