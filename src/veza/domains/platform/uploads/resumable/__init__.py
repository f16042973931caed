"""Uploads that may be interrupted and continued, whatever protocol a client speaks."""
