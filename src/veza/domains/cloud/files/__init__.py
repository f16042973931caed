"""Cloud files: the files that members keep for themselves, in folders, with versions and a trash.

Owns the tables `files`, `file_versions`, `file_snapshots` and `content_owners`. Emits no events.
`blobs` stores the bytes; `shares` and `attachments` decide who else may read a file.
"""
