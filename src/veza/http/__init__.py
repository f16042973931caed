"""The HTTP layers of every request. Imports no domain: it declares Protocols instead."""
