"""Uploads: receiving files from members, and how much each of them may keep in the storage.

Owns the tables `uploads` and `storage_usage`. Announces nothing. Triggers keep `storage_usage`
equal to the rows that name the objects. An object belongs to the domain whose row names it; until
there is such a row, it belongs to the upload.
"""
