"""Artists and albums as folders, for players that browse these."""

from veza.domains.subsonic.models.shown import (
    Album,
    AlbumWithSongs,
    Artist,
    ArtistWithAlbums,
    Directory,
    Folder,
)
from veza.domains.subsonic.rules.ids import ROOT_ID


def folder_of_artist(artist: Artist) -> Folder:
    """Return an artist as a folder."""
    return Folder(
        id=artist.id,
        parent=str(ROOT_ID),
        is_dir=True,
        title=artist.name,
        name=artist.name,
        artist=artist.name,
        artist_id=artist.id,
        cover_art=artist.cover_art,
        starred=artist.starred,
        user_rating=artist.user_rating,
    )


def folder_of_album(album: Album) -> Folder:
    """Return an album as a folder."""
    return Folder(
        id=album.id,
        parent=album.artist_id,
        is_dir=True,
        title=album.name,
        name=album.name,
        album=album.name,
        artist=album.artist,
        artist_id=album.artist_id,
        cover_art=album.cover_art,
        year=album.year,
        song_count=album.song_count,
        duration=album.duration,
        genre=album.genre,
        play_count=album.play_count,
        created=album.created,
        starred=album.starred,
        user_rating=album.user_rating,
        average_rating=album.average_rating,
    )


def directory_of_artist(artist: ArtistWithAlbums) -> Directory:
    """Return an artist as a folder with their albums."""
    return Directory(
        id=artist.id,
        parent=str(ROOT_ID),
        name=artist.name,
        starred=artist.starred,
        user_rating=artist.user_rating,
        child=[folder_of_album(album) for album in artist.album],
    )


def directory_of_album(album: AlbumWithSongs) -> Directory:
    """Return an album as a folder with its songs."""
    return Directory(
        id=album.id,
        parent=album.artist_id,
        name=album.name,
        play_count=album.play_count,
        starred=album.starred,
        user_rating=album.user_rating,
        average_rating=album.average_rating,
        child=[*album.song],
    )
