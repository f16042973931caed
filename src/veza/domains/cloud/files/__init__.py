"""Cloud files: the files that members keep for themselves, in folders, with versions and a trash.

Owns the tables `files`, `file_versions`, `file_snapshots` and `content_owners`. Announces nothing.
Never stores bytes: `blobs` does. Never decides who else may read a file: `shares` and `attachments`
do.
"""
