"""Archives: a release as one ZIP in the format that its buyer chooses.

Owns the tables `release_archives` and `archive_requests`, and `archives/` in the storage. A job
builds each archive once, however many ask for it. Emits `ArchiveReady`. Reads the tables of music;
`orders` decides who may download a release.
"""
