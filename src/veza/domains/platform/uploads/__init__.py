"""Uploads: receiving files from members, and their storage quotas.

Owns the tables `uploads`, `storage_usage`, `resumable_uploads` and `resumable_segments`. Emits no
events. Triggers keep `storage_usage` equal to the rows that reference the objects. An object
belongs to the domain whose row references it; until then, it belongs to the upload.
"""
