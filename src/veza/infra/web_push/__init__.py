"""Web Push (RFC 8030): sends encrypted messages to browsers by their push services."""
