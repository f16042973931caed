"""Mixes the pages of a station; a cursor remembers up to 500 tracks that were played."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from random import Random

from msgspec import Struct

from veza.core.genres import normalize_genre
from veza.core.ids import TrackId, UserId
from veza.core.pages import BadCursor, decode_text, encode_text
from veza.domains.music.discovery.models import Draw, RadioPosition

# A seed is exact as a number of JavaScript.
MAX_SEED = 2**53 - 1
# The latest tracks of a station, which are not repeated.
MAX_PLAYED = 500
_MAX_PAGE = 2**31 - 1
_MIN_POINTS = 16

# The parts of a page; the rest is drawn from all tracks.
_SIMILAR_PART = 0.6
_GENRE_PART = 0.25
# An artist has at most this part of a page, unless there is nothing else.
_ARTIST_PART = 0.25
# The larger, the less the first of the similar tracks are preferred.
_RANK_OFFSET = 4

_POSITION = struct.Struct(">QI")
_MARK = struct.Struct(">I")


class RadioCandidates(Struct, frozen=True):
    """The tracks that may be on a page.

    `similar` is in the order of similarity, `of_genre` and `any_genre` in a random one. `owners`
    has the artists of those that the viewer may see.
    """

    similar: list[TrackId]
    of_genre: list[TrackId]
    any_genre: list[TrackId]
    owners: Mapping[TrackId, UserId]


def make_draw(random: Random, limit: int, genre: str | None = None) -> Draw:
    """Return a random selection of up to `limit` tracks."""
    if genre is not None:
        # A text without a word is no track's genre.
        genre = normalize_genre(genre) or ""
    points = [random.random() for _ in range(max(_MIN_POINTS, limit // 4))]
    return Draw(points, random.getrandbits(63), limit, genre)


def mark(track_id: TrackId) -> int:
    """Return the random end of an id, by which a cursor remembers a track."""
    return track_id.int & 0xFFFF_FFFF


def encode_position(position: RadioPosition) -> str:
    """Return the position in a station as URL-safe text."""
    marks = b"".join(_MARK.pack(played) for played in position.played)
    return encode_text(_POSITION.pack(position.seed, position.page) + marks)


def decode_position(text: str) -> RadioPosition:
    """Decode the position in a station. Raises BadCursor."""
    raw = decode_text(text)
    marks = raw[_POSITION.size :]
    if len(raw) < _POSITION.size or len(marks) % _MARK.size or len(marks) > 4 * MAX_PLAYED:
        raise BadCursor
    seed, page = _POSITION.unpack_from(raw)
    if seed > MAX_SEED or page >= _MAX_PAGE:
        raise BadCursor
    return RadioPosition(seed, page, tuple(played for (played,) in _MARK.iter_unpack(marks)))


def next_position(position: RadioPosition, played: Iterable[TrackId]) -> RadioPosition:
    """Return the position after a page. Of the tracks played, the latest are remembered."""
    marks = dict.fromkeys([*reversed([mark(track_id) for track_id in played])])
    marks |= dict.fromkeys(reversed(position.played))
    latest = tuple(reversed(list(marks)[:MAX_PLAYED]))
    return RadioPosition(position.seed, position.page + 1, latest)


def random_of(position: RadioPosition) -> Random:
    """Return the random numbers of a page: the same for the same seed and page."""
    return Random(f"{position.seed}:{position.page}")  # noqa: S311 - no secret


def merge_lists(lists: Iterable[Sequence[TrackId]]) -> list[TrackId]:
    """Return the first of all lists, then the second, and so on, each once."""
    rounds = zip_longest(*lists)
    return list(dict.fromkeys(found for each in rounds for found in each if found is not None))


def choose_page(
    random: Random, candidates: RadioCandidates, played: Sequence[int], limit: int
) -> list[TrackId]:
    """Return the tracks of a page, none of which was played.

    Similar tracks are drawn with a likelihood that falls with their rank. If one part has too few
    tracks, the others have more.
    """
    known = frozenset(played)

    def are_fresh(track_ids: Sequence[TrackId]) -> list[TrackId]:
        return [n for n in track_ids if n in candidates.owners and mark(n) not in known]

    similar = _shuffle_by_rank(random, are_fresh(candidates.similar))
    of_genre = are_fresh(candidates.of_genre)
    any_genre = are_fresh(candidates.any_genre)
    page = _Page(candidates.owners, limit)
    page.add(similar, round(limit * _SIMILAR_PART))
    page.add(of_genre, round(limit * _GENRE_PART))
    for rest in (any_genre, of_genre, similar):
        page.add(rest, limit)
    page.per_artist = limit
    for rest in (similar, of_genre, any_genre):
        page.add(rest, limit)
    random.shuffle(page.track_ids)
    return page.track_ids


def choose_any_page(
    random: Random, candidates: RadioCandidates, played: Sequence[int], limit: int
) -> list[TrackId]:
    """Return the tracks of a page as `choose_page` does; if all were played, repeat some.

    Those that were played first are repeated first.
    """
    for remembered in (played, played[len(played) // 2 :], ()):
        page = choose_page(random, candidates, remembered, limit)
        if page:
            return page
    return []


class _Page:
    """The tracks of a page, up to `limit`, and up to `per_artist` of an artist."""

    def __init__(self, owners: Mapping[TrackId, UserId], limit: int) -> None:
        self.track_ids: list[TrackId] = []
        self.per_artist = max(1, round(limit * _ARTIST_PART))
        self._owners = owners
        self._limit = limit
        self._counts: dict[UserId, int] = {}

    def add(self, track_ids: Sequence[TrackId], count: int) -> None:
        """Add up to `count` of the tracks, in their order."""
        for track_id in track_ids:
            if count == 0 or len(self.track_ids) == self._limit:
                return
            owner_id = self._owners[track_id]
            counted = self._counts.get(owner_id, 0)
            if counted < self.per_artist and track_id not in self.track_ids:
                self.track_ids.append(track_id)
                self._counts[owner_id] = counted + 1
                count -= 1


def _shuffle_by_rank(random: Random, ranked: Sequence[TrackId]) -> list[TrackId]:
    """Return the tracks in a random order, in which the first come early more often."""
    # The order of exponential variables is a weighted draw without replacement.
    keys = {
        track_id: random.expovariate(1.0) * (rank + _RANK_OFFSET)
        for rank, track_id in enumerate(ranked)
    }
    return sorted(keys, key=keys.__getitem__)
