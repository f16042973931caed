"""The lines of the log: written in blocks, and those of requests without structlog."""
