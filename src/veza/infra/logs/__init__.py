"""Logging: lines of requests, written in blocks."""
