"""The file by which the process of the ingest says that it receives encoders.

Its parent reads it, and doesn't import what that process needs.
"""

READY = "ingest.pid"
