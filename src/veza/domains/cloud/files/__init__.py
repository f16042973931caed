"""Files: what members keep for themselves, in folders, with its former versions and a trash.

Owns the tables `files`, `file_versions`, `parcels` and `held_contents`. Announces nothing. Never
holds a byte: contents lie with `blobs`, which counts who has them; nor decides who else may have a
file: `shares` and `attachments` do.
"""
