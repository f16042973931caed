"""Exports and erases the lyrics of a member's tracks."""

from veza.domains.music.lyrics import queries

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("track_lyrics",)

export = queries.list_lyrics_of
erase = queries.delete_lyrics_of
