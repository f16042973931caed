"""Similar tracks and artists, random selections, and positions in a station."""

from msgspec import Struct

from veza.core.ids import TrackId, UserId
from veza.domains.music.tracks.models.lists import FoundArtist
from veza.domains.music.tracks.models.tracks import Track


class SimilarTracks(Struct, frozen=True):
    """Tracks that are similar to another, most similar first."""

    tracks: list[Track]


class SimilarArtists(Struct, frozen=True):
    """Artists who are similar to another, most similar first."""

    artists: list[FoundArtist]


class RandomTracks(Struct, frozen=True):
    """Tracks selected at random."""

    tracks: list[Track]


class RadioPage(Struct, frozen=True):
    """The next tracks of a radio station.

    There is a next page as long as there are public tracks: `next_cursor` is null only if there
    are none. `seed` starts the same station again.
    """

    tracks: list[Track]
    seed: int
    next_cursor: str | None


class RandomQuery(Struct, frozen=True):
    """The filters of a random selection."""

    limit: int = 20
    genre: str | None = None
    from_year: int | None = None
    to_year: int | None = None


class Draw(Struct, frozen=True):
    """A random selection: from where in the random order it reads, and the seed of its order."""

    points: list[float]
    seed: int
    limit: int
    genre: str | None = None
    from_year: int | None = None
    to_year: int | None = None

    @property
    def has_years(self) -> bool:
        """Return whether the years are limited."""
        return self.from_year is not None or self.to_year is not None


class RadioPosition(Struct, frozen=True):
    """The position in a station: its seed, the number of the page, and what was played.

    `played` has the marks of the latest tracks, see `rules.mark`.
    """

    seed: int
    page: int = 0
    played: tuple[int, ...] = ()


class RadioQuery(Struct, frozen=True):
    """A station: of a track, of an artist (a username) or of a genre; and the page."""

    limit: int
    position: RadioPosition
    track_id: TrackId | None = None
    artist: str | None = None
    genre: str | None = None


class Station(Struct, frozen=True):
    """The seeds of a station: tracks, which it may play as well, and the genre."""

    track_ids: list[TrackId]
    genre: str | None
    plays_own: bool = False


class SimilarityList(Struct, frozen=True):
    """The similar tracks of a track, most similar first."""

    track_id: TrackId
    similar_ids: list[TrackId]


class PlayableTrack(Struct, frozen=True):
    """A track that may be played, and its artist."""

    id: TrackId
    owner_id: UserId
