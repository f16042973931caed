"""The content of the shared file."""

CONTENT = bytes(range(256)) * 40
