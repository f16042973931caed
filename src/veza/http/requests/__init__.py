"""Requests: bodies, forms, parameters and headers are read and checked here."""
