"""Releases: albums, EPs, singles, compilations and mixes, with credits and ordered tracks.

Owns the tables `releases`, `release_tracks` and `release_search`, and what music players list:
`catalogue_items` and `catalogue_changes`. Credits belong to `credits`. Emits `ReleaseCreated` and
`ReleasePublished`. `tracks` decides who may see a track; triggers count the tracks of a release, so
that either can be deleted without the other.
"""
