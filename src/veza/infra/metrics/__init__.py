"""Metrics that several external systems share."""
