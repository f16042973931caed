"""A history of plays and likes, and what has to be counted of it: written again, in Python."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from tests import make
from veza.core.access import Member, Role
from veza.core.ids import ReleaseId, TrackId, UserId
from veza.domains.music.statistics.jobs import count_statistics
from veza.domains.music.tracks.service import track_likes
from veza.infra.postgres.database import Database, Tx

_CLIENTS = ("web", "web", "embed", "subsonic", None)
_HOSTS = (None, "blog.example", "blog.example", "rare.example")


class KilledError(Exception):
    """The worker was killed."""


class MortalDatabase:
    """A database whose transactions are lost from some number on, before their commit."""

    def __init__(self, database: Database, lives: int) -> None:
        self._database = database
        self._lives = lives

    @asynccontextmanager
    async def transaction(self, *, recorded: bool = True):
        async with self._database.transaction(recorded=recorded) as tx:
            yield tx
            self._lives -= 1
            if self._lives < 0:
                raise KilledError


class History:
    """Plays and likes that happen today; `pass_day` makes it yesterday."""

    def __init__(self, database: Database, random: Random) -> None:
        self.database = database
        self.random = random
        self.today = 0
        self.artists: list[Member] = []
        self.fans: list[Member] = []
        self.tracks: dict[TrackId, UserId] = {}
        self.releases: dict[ReleaseId, list[TrackId]] = {}
        # Day, track, listener, client, host.
        self.plays: list[tuple[int, TrackId, str | None, str | None, str | None]] = []
        self.likes: dict[tuple[TrackId, UserId], int] = {}
        self.closed_likes: Counter[tuple[TrackId, int]] = Counter()
        self.open_since = -(10**6)

    async def begin(self) -> None:
        async with self.database.transaction() as tx:
            await tx.run("delete from counted_plays")
            await tx.run("delete from track_likes")
            await tx.run("delete from statistics_progress")
            self.artists = [(await make.member_in(tx, Role.CREATOR))[0] for _ in range(3)]
            self.fans = [(await make.member_in(tx))[0] for _ in range(4)]
            for artist in self.artists:
                ids = [await make.bare_track(tx, artist, f"Track {n}") for n in range(3)]
                self.tracks |= dict.fromkeys(ids, artist.id)
                release_id = await make.release(tx, artist, "Both", *ids[:2])
                self.releases[release_id] = ids[:2]

    async def play(self) -> None:
        for _ in range(self.random.randrange(1, 12)):
            track_id = self.random.choice(list(self.tracks))
            client = self.random.choice(_CLIENTS)
            host = client and self.random.choice(_HOSTS)
            listener = client and f"listener {self.random.randrange(8)}"
            sql = """
                insert into counted_plays (artist_id, track_id, listener, client, host)
                     values ($1, $2, $3, $4, $5)
            """
            async with self.database.transaction() as tx:
                await tx.run(sql, self.tracks[track_id], track_id, listener, client, host)
            self.plays.append((self.today, track_id, listener, client, host))

    async def like(self) -> None:
        track_id, fan = self.random.choice(list(self.tracks)), self.random.choice(self.fans)
        async with self.database.transaction() as tx:
            await track_likes.like(tx, track_id, fan)
        self.likes.setdefault((track_id, fan.id), self.today)

    async def unlike(self) -> None:
        if self.likes:
            track_id, fan_id = self.random.choice(list(self.likes))
            async with self.database.transaction() as tx:
                await track_likes.unlike(tx, track_id, Member(fan_id, Role.USER, None))
            del self.likes[track_id, fan_id]

    async def pass_day(self) -> None:
        """Make everything a day older."""
        self.today += 1
        async with self.database.transaction() as tx:
            await tx.run("update track_likes set liked_at = liked_at - interval '1 day'")
            await tx.run("update statistics_progress set open_since = open_since - 1")
            await tx.run("update counted_plays set day = day - 1")
            for table in (
                *("track_days", "artist_days", "release_days"),
                *("track_referrers", "artist_referrers"),
            ):
                # Through a column far away, because rows of neighbouring days would collide.
                await tx.run(f"update {table} set day = day + 100000")
                await tx.run(f"update {table} set day = day - 100001")

    async def count(self, lives: int | None = None) -> bool:
        """Run the job, at most up to a number of transactions; return whether it ended."""
        database: Any = self.database
        try:
            if lives is not None:
                database = MortalDatabase(self.database, lives)
            await count_statistics(database, size=2)
            has_ended = True
        except KilledError:
            has_ended = False
        await self._note_closed_days()
        return has_ended

    async def read(self, table: str, key: str, *columns: str) -> dict[tuple[Any, ...], Any]:
        """Return the rows of a table: the numbers by key and day, without those that are zero."""
        names = ", ".join((key, "(now() at time zone 'UTC')::date - day as age", *columns))
        async with self.database.transaction() as tx:
            rows = await _fetch(
                tx, f"select {names} from {table} where {key} = any($1)", self._ids()
            )
        found: dict[tuple[Any, ...], Any] = {}
        for row in rows:
            if any(row[2:]):
                found[row[0], self.today - row[1]] = tuple(row[2:])
        return found

    async def read_referrers(self, table: str, key: str) -> dict[tuple[Any, ...], int]:
        sql = f"""
            select {key}, (now() at time zone 'UTC')::date - day, client, host, plays
              from {table}
             where {key} = any($1)
        """
        async with self.database.transaction() as tx:
            rows = await _fetch(tx, sql, self._ids())
        return {(row[0], self.today - row[1], row[2], row[3]): row[4] for row in rows}

    def expect_tracks(self) -> dict[tuple[Any, ...], Any]:
        return self._expect(lambda track_id: [track_id])

    def expect_artists(self) -> dict[tuple[Any, ...], Any]:
        return self._expect(lambda track_id: [self.tracks[track_id]])

    def expect_releases(self) -> dict[tuple[Any, ...], Any]:
        found = self._expect(
            lambda track_id: [one for one, ids in self.releases.items() if track_id in ids]
        )
        return {key: (row[1],) for key, row in found.items() if row[1]}

    def expect_referrers(self, *, by_artist: bool) -> dict[tuple[Any, ...], int]:
        heard: dict[tuple[Any, ...], set[str | None]] = defaultdict(set)
        for day, track_id, listener, client, host in self.plays:
            artist = self.tracks[track_id]
            heard[artist, day, client].add(listener)
            heard[artist, day, client, host].add(listener)
        counted: Counter[tuple[Any, ...]] = Counter()
        for day, track_id, _, client, host in self.plays:
            artist = self.tracks[track_id]
            shown = (artist if by_artist else track_id, day)
            if client is None or len(heard[artist, day, client]) < 5:
                counted[*shown, "other", ""] += 1
            elif host is None:
                counted[*shown, client, ""] += 1
            else:
                is_named = len(heard[artist, day, client, host]) >= 5
                counted[*shown, client, host if is_named else "other"] += 1
        return dict(counted)

    def _expect(self, keys_of: Any) -> dict[tuple[Any, ...], Any]:
        plays: Counter[tuple[Any, ...]] = Counter()
        heard: dict[tuple[Any, ...], set[str]] = defaultdict(set)
        likes: Counter[tuple[Any, ...]] = Counter()
        for day, track_id, listener, _, _ in self.plays:
            for key in keys_of(track_id):
                plays[key, day] += 1
                if listener is not None:
                    heard[key, day].add(listener)
        for (track_id, day), number in (self.closed_likes + self._open_likes()).items():
            for key in keys_of(track_id):
                likes[key, day] += number
        keys = {*plays, *likes}
        return {
            key: (plays[key], len(heard[key]), likes[key])
            for key in keys
            if plays[key] or likes[key]
        }

    def _open_likes(self) -> Counter[tuple[TrackId, int]]:
        days = ((track_id, day) for (track_id, _), day in self.likes.items())
        return Counter(key for key in days if key[1] >= self.open_since)

    async def _note_closed_days(self) -> None:
        """Keep the likes of days that were closed: they are not counted again."""
        sql = "select open_since - (now() at time zone 'UTC')::date from statistics_progress"
        async with self.database.transaction() as tx:
            behind = await tx.value(int, sql)
        open_since = self.today + (behind or 0)
        for (track_id, _), day in self.likes.items():
            if self.open_since <= day < open_since:
                self.closed_likes[track_id, day] += 1
        self.open_since = open_since

    def _ids(self) -> list[Any]:
        return [*self.tracks, *(artist.id for artist in self.artists), *self.releases]


async def _fetch(tx: Tx, sql: str, *args: Any) -> list[Any]:
    return await tx._raw.fetch(sql, *args)


type Store = Callable[..., Awaitable[None]]
