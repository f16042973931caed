"""All artists and genres, kept in memory by each process.

Players ask for all of them at once. What changed since the last use is read before each use, so
that nothing is out of date; who sees which artist is decided for each request.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.subsonic.formats import encode_json, encode_xml
from veza.domains.subsonic.models.rows import ArtistRow, GenreRow
from veza.domains.subsonic.models.shown import Artist, Prepared
from veza.domains.subsonic.queries import artists, catalogue
from veza.domains.subsonic.rules.items import letter_of, show_artist
from veza.infra.postgres.database import Conn

MAX_ARTISTS = 10_000
MAX_GENRES = 1_000
# Of more changes than this, everything is read again; as after a pause, because a job deletes what
# changed long ago.
_MAX_CHANGES = 500
_MAX_PAUSE_S = 30 * 60


class Relations(Struct, frozen=True):
    """When a viewer followed artists, the latest first, how they rate some, and who is hidden."""

    followed: dict[UserId, datetime]
    ratings: dict[UserId, int]
    hidden: set[UserId]

    def show(self, row: ArtistRow) -> Artist:
        """Return an artist as the viewer sees them."""
        return show_artist(row, self.followed.get(row.id), self.ratings.get(row.id))

    def has_marks(self, row: ArtistRow) -> bool:
        """Return whether an artist looks different for the viewer."""
        return row.id in self.followed or row.id in self.ratings


class _Source[T](Struct, frozen=True):
    """The statements that read the first rows and the rows with given keys, and their order."""

    kind: str
    most: int
    read_first: Callable[[Conn, int], Awaitable[list[T]]]
    read_some: Callable[[Conn, Sequence[str]], Awaitable[list[T]]]
    key_of: Callable[[T], str]
    sort_key: Callable[[T], tuple[str, str] | tuple[int, str]]


class _KeptRows[T]:
    """The rows of a source, brought up to date before they are used."""

    def __init__(self, source: _Source[T]) -> None:
        self._source = source
        self._lock = asyncio.Lock()
        self._rows: dict[str, T] = {}
        self._moment: str | None = None
        self._read_at = 0.0
        self._is_cut = False
        self.ordered: tuple[T, ...] = ()

    async def bring_up_to_date(self, conn: Conn) -> None:
        """Read what was committed since the last call."""
        async with self._lock:
            since = self._moment
            if time.monotonic() - self._read_at > _MAX_PAUSE_S:
                since = None
            self._read_at, kind = time.monotonic(), self._source.kind
            # Unless all is read, the rows are still those of the former moment.
            self._moment = None
            found = await catalogue.list_changes(conn, kind, since, _MAX_CHANGES)
            if since is None or len(found.subjects) >= _MAX_CHANGES:
                await self._read_all(conn)
            elif found.subjects:
                await self._read_changed(conn, found.subjects)
            self._moment = found.moment

    async def _read_all(self, conn: Conn) -> None:
        rows = await self._source.read_first(conn, self._source.most)
        self._set({self._source.key_of(row): row for row in rows})
        self._is_cut = len(rows) == self._source.most

    async def _read_changed(self, conn: Conn, keys: Sequence[str]) -> None:
        rows = {self._source.key_of(row): row for row in await self._source.read_some(conn, keys)}
        changed = {key: rows.get(key) for key in keys}
        if all(self._rows.get(key) == row for key, row in changed.items()):
            return
        kept = {key: row for key, row in self._rows.items() if key not in changed} | rows
        if self._is_cut and len(kept) < self._source.most:
            await self._read_all(conn)
        else:
            self._set(kept)

    def _set(self, rows: dict[str, T]) -> None:
        ordered = sorted(rows.values(), key=self._source.sort_key)[: self._source.most]
        self._is_cut = self._is_cut or len(ordered) < len(rows)
        self._rows = {self._source.key_of(row): row for row in ordered}
        self.ordered = tuple(ordered)


class Catalogue:
    """The artists by name, and the genres by their number of songs."""

    def __init__(self) -> None:
        self._artists = _KeptRows(
            _Source(
                "artist",
                MAX_ARTISTS,
                artists.list_artists,
                _read_artists,
                lambda row: str(row.id),
                lambda row: (row.name.casefold(), str(row.id)),
            )
        )
        self._genres = _KeptRows(
            _Source(
                "genre",
                MAX_GENRES,
                catalogue.list_genres,
                _read_genres,
                lambda row: row.name,
                lambda row: (-row.tracks_count, row.name),
            )
        )
        self._encoded = EncodedArtists()
        self._encoded_rows: tuple[ArtistRow, ...] = ()

    async def list_artists(self, conn: Conn) -> tuple[ArtistRow, ...]:
        """Return the artists by name, for any viewer: at most 10,000."""
        await self._artists.bring_up_to_date(conn)
        return self._artists.ordered

    async def find_artist_id(self, conn: Conn, name: str) -> UUID | None:
        """Return the id of the first artist with a name, ignoring case."""
        wanted = name.casefold()
        rows = await self.list_artists(conn)
        return next((row.id for row in rows if row.name.casefold() == wanted), None)

    async def encode_artists(self, conn: Conn) -> "EncodedArtists":
        """Return the same, encoded when first needed."""
        ordered = await self.list_artists(conn)
        if self._encoded_rows is not ordered:
            self._encoded.replace(ordered)
            self._encoded_rows = ordered
        return self._encoded

    async def list_genres(self, conn: Conn) -> tuple[GenreRow, ...]:
        """Return the genres of public songs, those with the most songs first: at most 1,000."""
        await self._genres.bring_up_to_date(conn)
        return self._genres.ordered


class EncodedArtists:
    """Artists by first letter, each encoded once in each format: most viewers follow few."""

    def __init__(self) -> None:
        self._json: dict[ArtistRow, bytes] = {}
        self._xml: dict[ArtistRow, str] = {}
        self.letters: dict[str, list[ArtistRow]] = {}

    def replace(self, rows: Iterable[ArtistRow]) -> None:
        """Hold these artists instead of the former ones."""
        letters: dict[str, list[ArtistRow]] = {}
        for row in rows:
            letters.setdefault(letter_of(row.name), []).append(row)
        current = {row for found in letters.values() for row in found}
        self._json = {row: text for row, text in self._json.items() if row in current}
        self._xml = {row: text for row, text in self._xml.items() if row in current}
        self.letters = letters

    def json_of(self, row: ArtistRow) -> bytes:
        """Return an artist as JSON."""
        found = self._json.get(row)
        if found is None:
            found = self._json[row] = encode_json(show_artist(row))
        return found

    def xml_of(self, row: ArtistRow) -> str:
        """Return an artist as XML."""
        found = self._xml.get(row)
        if found is None:
            found = self._xml[row] = encode_xml("artist", show_artist(row))
        return found


class ArtistsOfLetter(Prepared):
    """The artists with a letter, as a viewer sees them."""

    def __init__(
        self, encoded: EncodedArtists, rows: Sequence[ArtistRow], relations: Relations
    ) -> None:
        self._encoded = encoded
        self._rows = rows
        self._relations = relations

    def to_json(self) -> bytes:
        """Return the artists as a JSON array."""
        encoded = self._encoded
        relations = self._relations
        parts = [
            encode_json(relations.show(row)) if relations.has_marks(row) else encoded.json_of(row)
            for row in self._rows
        ]
        return b"[" + b",".join(parts) + b"]"

    def iterate_xml(self) -> Iterator[str]:
        """Yield the artists as XML elements."""
        encoded = self._encoded
        relations = self._relations
        for row in self._rows:
            if relations.has_marks(row):
                yield encode_xml("artist", relations.show(row))
            else:
                yield encoded.xml_of(row)


async def find_relations(
    conn: Conn, viewer_id: UserId, artist_ids: Sequence[UUID] | None = None
) -> Relations:
    """Return the relations of a member to all artists, or to these."""
    rows = await artists.list_related(conn, viewer_id, artist_ids)
    followed = {
        row.artist_id: row.followed_at
        for row in rows
        if row.followed_at is not None and not row.is_hidden
    }
    # Members see themselves.
    hidden = {row.artist_id for row in rows if row.is_hidden} - {viewer_id}
    ratings = {row.artist_id: row.rating for row in rows if row.rating is not None}
    return Relations(followed, ratings, hidden)


async def _read_artists(conn: Conn, keys: Sequence[str]) -> list[ArtistRow]:
    return await artists.list_artists_by_id(conn, [UUID(key) for key in keys])


async def _read_genres(conn: Conn, keys: Sequence[str]) -> list[GenreRow]:
    return await catalogue.list_genres(conn, len(keys), keys)
