"""Response types, named as in the OpenSubsonic API.

A field without a value is left out, as is an empty list that has a default.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct


class Prepared(ABC):
    """A list inside of an answer that encodes itself, from parts that were encoded before."""

    @abstractmethod
    def to_json(self) -> bytes:
        """Return the list as a JSON array."""

    @abstractmethod
    def iterate_xml(self) -> Iterator[str]:
        """Yield the items of the list as XML elements."""


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The content of a response, or a part of it."""


class Elements(Answer, frozen=True, kw_only=True):
    """Content whose texts are elements in XML, while those of other answers are attributes."""


class NamedItem(Answer, frozen=True, kw_only=True):
    """A name: of a genre, or of a record label."""

    name: str


class NamedArtist(Answer, frozen=True, kw_only=True):
    """An artist inside a song or an album."""

    id: str
    name: str


class Contributor(Answer, frozen=True, kw_only=True):
    """A member who contributed to a song. `sub_role` is the instrument of a performer."""

    role: str
    sub_role: str | None = None
    artist: NamedArtist


class ReplayGain(Answer, frozen=True, kw_only=True):
    """The gain in dB that makes a track as loud as others, and its peak, 1.0 being full scale."""

    track_gain: float | None = None
    track_peak: float | None = None


class Song(Answer, frozen=True, kw_only=True):
    """A track, called `Child` in the API. `size` and `suffix` are those of what is streamed."""

    id: str
    parent: str
    is_dir: bool
    is_video: bool
    type: str
    media_type: str
    title: str
    album: str
    artist: str
    album_id: str
    artist_id: str
    cover_art: str | None = None
    track: int | None = None
    disc_number: int | None = None
    year: int | None = None
    genre: str | None = None
    size: int
    content_type: str
    suffix: str
    duration: int
    bit_rate: int
    sampling_rate: int | None = None
    channel_count: int | None = None
    path: str
    play_count: int
    created: datetime
    starred: datetime | None = None
    user_rating: int | None = None
    average_rating: float | None = None
    played: datetime | None = None
    bookmark_position: int | None = None
    bpm: int | None = None
    isrc: list[str] = []
    explicit_status: str | None = None
    comment: str | None = None
    sort_name: str | None = None
    moods: list[str] = []
    contributors: list[Contributor] = []
    genres: list[NamedItem] = []
    artists: list[NamedArtist]
    display_artist: str
    album_artists: list[NamedArtist]
    display_album_artist: str
    replay_gain: ReplayGain | None = None


class Folder(Answer, frozen=True, kw_only=True):
    """An artist or an album for players that browse folders, called `Child` in the API.

    Some read its title as `name`, and the numbers of an album.
    """

    id: str
    parent: str
    is_dir: bool
    title: str
    name: str
    album: str | None = None
    artist: str | None = None
    artist_id: str | None = None
    cover_art: str | None = None
    year: int | None = None
    song_count: int | None = None
    duration: int | None = None
    genre: str | None = None
    play_count: int | None = None
    created: datetime | None = None
    starred: datetime | None = None
    user_rating: int | None = None
    average_rating: float | None = None


class ItemDate(Answer, frozen=True, kw_only=True):
    """A date."""

    year: int
    month: int
    day: int


class Album(Answer, frozen=True, kw_only=True):
    """An album, called `AlbumID3` in the API."""

    id: str
    name: str
    artist: str
    artist_id: str
    cover_art: str | None = None
    song_count: int
    duration: int
    play_count: int
    created: datetime
    starred: datetime | None = None
    user_rating: int | None = None
    average_rating: float | None = None
    year: int | None = None
    genre: str | None = None
    sort_name: str | None = None
    genres: list[NamedItem] = []
    record_labels: list[NamedItem] = []
    artists: list[NamedArtist]
    display_artist: str
    release_types: list[str]
    is_compilation: bool
    release_date: ItemDate | None = None
    explicit_status: str | None = None


class AlbumWithSongs(Album, frozen=True, kw_only=True):
    """An album and its songs."""

    song: list[Song]


class Artist(Answer, frozen=True, kw_only=True):
    """An artist, called `ArtistID3` in the API."""

    id: str
    name: str
    cover_art: str | None = None
    album_count: int
    starred: datetime | None = None
    user_rating: int | None = None
    roles: list[str]


class ArtistWithAlbums(Artist, frozen=True, kw_only=True):
    """An artist and their albums."""

    album: list[Album]


class ArtistIndex(Answer, frozen=True, kw_only=True):
    """The artists with the same first letter."""

    name: str
    artist: Prepared


class ArtistIndexes(Answer, frozen=True, kw_only=True):
    """All artists by first letter. `last_modified` is in ms, for players that browse folders."""

    ignored_articles: str
    last_modified: int | None = None
    index: list[ArtistIndex]


class Directory(Answer, frozen=True, kw_only=True):
    """A folder and its contents. Some clients refuse fields that the API does not have."""

    id: str
    parent: str | None = None
    name: str
    play_count: int | None = None
    starred: datetime | None = None
    user_rating: int | None = None
    average_rating: float | None = None
    child: list[Song | Folder]


class PlayerGenre(Answer, frozen=True, kw_only=True):
    """A genre and how many songs and albums have it. `value` is its name."""

    value: str
    song_count: int
    album_count: int


class PlayerGenres(Answer, frozen=True, kw_only=True):
    """All genres."""

    genre: list[PlayerGenre]


class AlbumList(Answer, frozen=True, kw_only=True):
    """A list of albums."""

    album: list[Album]


class FolderList(Answer, frozen=True, kw_only=True):
    """A list of albums for players that browse folders."""

    album: list[Folder]


class Songs(Answer, frozen=True, kw_only=True):
    """A list of songs."""

    song: list[Song]


class FoundItems(Answer, frozen=True, kw_only=True):
    """Artists, albums and songs: the results of a search, or what a member starred."""

    artist: list[Artist]
    album: list[Album]
    song: list[Song]


class FoundFolders(Answer, frozen=True, kw_only=True):
    """The same for players that browse folders."""

    artist: list[Artist]
    album: list[Folder]
    song: list[Song]


class PlayerPlaylist(Answer, frozen=True, kw_only=True):
    """A playlist. `readonly` is true or absent: some clients know no such field."""

    id: str
    name: str
    comment: str | None = None
    owner: str
    public: bool
    readonly: bool | None = None
    song_count: int
    duration: int
    created: datetime
    changed: datetime
    cover_art: str | None = None


class PlaylistWithSongs(PlayerPlaylist, frozen=True, kw_only=True):
    """A playlist and its songs."""

    entry: list[Song]


class PlayerPlaylists(Answer, frozen=True, kw_only=True):
    """A list of playlists."""

    playlist: list[PlayerPlaylist]


class AlbumNotes(Elements, frozen=True, kw_only=True):
    """The description of an album, and addresses of its cover that need no credentials."""

    notes: str | None = None
    small_image_url: str | None = None
    medium_image_url: str | None = None
    large_image_url: str | None = None


class ArtistNotes(Elements, frozen=True, kw_only=True):
    """The artist's own biography, addresses of their picture, and similar artists.

    What is not known is empty rather than left out: some clients need each field.
    """

    biography: str
    music_brainz_id: str
    last_fm_url: str
    small_image_url: str
    medium_image_url: str
    large_image_url: str
    similar_artist: list[Artist] = []
