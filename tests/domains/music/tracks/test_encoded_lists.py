"""Pages that are read together and kept encoded are those of `list_tracks`, field by field."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.ids import TrackId
from veza.core.pages import Cursor
from veza.domains.music.tracks import encoded_lists
from veza.domains.music.tracks.models.lists import SortOrder, TrackQuery
from veza.domains.music.tracks.service import track_lists, visible_tracks
from veza.infra.postgres.database import Tx

_START = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS = ("Ferry", 'Quo"te', "Ünïcode ☃", "back\\slash", "<b>&", "\u2028", "Nacht")
# Changes of what a list shows of a track, $1, or of whether it shows it; $2 is a text.
_CHANGES = (
    "update tracks set title = $2 where id = $1",
    "update tracks set plays_count = plays_count + 1 where id = $1",
    "update tracks set visibility = 'public' where id = $1",
    "update tracks set visibility = 'unlisted' where id = $1",
    "update tracks set status = 'ready', failure_reason = null where id = $1",
    "update tracks set status = 'processing', failure_reason = null where id = $1",
    """insert into track_lyrics (track_id, plain, updated_at) values ($1, $2, now())
           on conflict do nothing""",
    "delete from track_lyrics where track_id = $1",
    """insert into track_credits (id, track_id, position, role, name, user_id, state)
            select gen_random_uuid(), id, length($2), 'artist', $2, owner_id, 'confirmed'
              from tracks where id = $1
           on conflict do nothing""",
    """update track_credits set state = case state when 'confirmed' then 'declined'
                                                 else 'confirmed' end where track_id = $1""",
    "delete from track_credits where track_id = $1",
    """update users set username = 'm' || left(md5($2 || id::text), 20)
        where id = (select owner_id from tracks where id = $1)""",
    """update users set suspended_at = now(), suspension_reason = $2
        where id = (select owner_id from tracks where id = $1)""",
    """update users set suspended_at = null, suspension_reason = null
        where id = (select owner_id from tracks where id = $1)""",
    *(
        f"""update releases set {changed}
             where id in (select release_id from release_tracks where track_id = $1)"""
        for changed in (
            "title = $2",
            "visibility = 'private'",
            "visibility = 'public'",
            "cover_image_id = (select id from images where owner_id = releases.owner_id limit 1)",
        )
    ),
    """delete from releases
        where id = (select min(release_id::text)::uuid from release_tracks where track_id = $1)""",
    """update users set suspended_at = now(), suspension_reason = $2
        where id in (select r.owner_id from release_tracks e join releases r on r.id = e.release_id
                      where e.track_id = $1)""",
    "delete from tracks where id = $1",
)


class _Data:
    """Tracks of random content, some at the same moment, random changes and random pages."""

    def __init__(self, seed: int, owners: list[Person]) -> None:
        self.random = random.Random(seed)
        self.owners = owners
        self.tracks: list[TrackId] = []

    def text(self) -> str:
        return " ".join(self.random.choices(_WORDS, k=3))

    async def add_track(self, tx: Tx) -> None:
        choose = self.random.choice
        ai = choose(("none", "parts", "whole"))
        status = choose(("ready", "ready", "ready", "processing", "failed"))
        columns = {
            "created_at": _START + timedelta(hours=self.random.randrange(12)),
            "description": choose(("", self.text())),
            "genre": choose((None, "ambient")),
            "tags": self.random.sample(["a", "b", "c c"], self.random.randrange(3)),
            "isrc": choose((None, "DEA123456789")),
            "year": choose((None, 1999)),
            "bpm": choose((None, 127.5)),
            "musical_key": choose((None, "F#m")),
            "is_explicit": choose((None, True, False)),
            "ai": ai,
            "ai_parts": ["vocals"] if ai == "parts" else [],
            "visibility": choose(("public", "public", "public", "unlisted", "private")),
            "downloadable": choose((True, False)),
            "status": status,
            "failure_reason": "It breaks off." if status == "failed" else None,
            "loudness_lufs": choose((None, -14.25)),
            "cover_palette": choose((None, [10, 20, 30, 40])),
            "likes_count": self.random.randrange(100),
            "comments_count": self.random.randrange(100),
            "plays_count": self.random.randrange(10**6),
        }
        owner = choose(self.owners).member
        self.tracks.append(await make.bare_track(tx, owner, self.text(), **columns))

    async def add_releases(self, tx: Tx) -> None:
        """Add a release of each owner with tracks of everybody, a few of which are on several."""
        for owner in self.owners:
            release = await make.release(tx, owner.member, self.text(), visibility="public")
            await make.bare_image(tx, owner.member)
            sql = """
                insert into release_tracks (release_id, track_id, disc, number)
                     select $1, id, 1, row_number() over () from unnest($2::uuid[]) as t (id)
            """
            await tx.run(sql, release, self.random.sample(self.tracks, 20))

    async def change(self, tx: Tx) -> None:
        sql, text = self.random.choice(_CHANGES), self.text()
        await tx.run(sql, self.random.choice(self.tracks), *([text] if "$2" in sql else []))

    def queries(self) -> list[TrackQuery]:
        """Queries of one lane: of the same limit and order, after different positions."""
        limit, order = self.random.choice((1, 2, 7, 100)), self.random.choice(list(SortOrder))
        return [
            TrackQuery(limit=limit, order=order, cursor=self._cursor())
            for _ in range(self.random.randrange(1, 8))
        ]

    def _cursor(self) -> Cursor:
        at = _START + timedelta(hours=self.random.randrange(-1, 14))
        return Cursor(at, self.random.choice([UUID(int=0), UUID(int=2**128 - 1), *self.tracks]))


def _fields_of(page: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(page))


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
async def test_pages_are_those_of_the_plain_list_after_every_change(
    services: Services, seed: int
) -> None:
    data = _Data(seed, [await make.person(services) for _ in range(4)])
    urls = [services.url_signer.builder(f"https://{name}.example") for name in ("one", "two")]
    shown = released = 0
    async with services.database.transaction(recorded=False) as tx:
        for _ in range(60):
            await data.add_track(tx)
        await data.add_releases(tx)
    for step in range(40):
        async with services.database.transaction(recorded=False) as tx:
            await data.change(tx)
        queries, builder = data.queries(), urls[step % 2]
        async with services.database.read() as conn:
            found = await encoded_lists.list_pages(conn, queries, builder)
            for query in queries:
                plain = await track_lists.list_tracks(conn, query, None, builder)
                assert _fields_of(found[query]) == _fields_of(plain), (step, query)
                shown += len(plain.tracks)
                released += sum(track.release is not None for track in plain.tracks)

    assert shown > 200
    assert released > 50


async def test_what_changes_while_a_page_is_read_is_shown_as_it_is(
    services: Services, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, builder = _Data(1, [owner]), services.url_signer.builder("https://while.example")
    # Before all other tracks.
    at = datetime(1990, 2, 3, tzinfo=UTC)
    query = TrackQuery(limit=1, order=SortOrder.ASC, cursor=Cursor(at, UUID(int=0)))
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, owner.member, data.text(), created_at=at)
    find, rename = (
        visible_tracks.find_visible_tracks,
        "update users set username = $2 where id = $1",
    )
    withdraw = "update tracks set visibility = $2 where id = $1"

    async def change(sql: str, *values: object) -> None:
        async with services.database.transaction() as tx:
            await tx.run(sql, *values)

    async def list_names(*changes: object, field: str = "username") -> list[str]:
        """List the page, with a change after its versions were read."""

        async def find_changed(*args: Any) -> Any:
            await change(*changes)
            return await find(*args)

        with monkeypatch.context() as patch:
            if changes:
                patch.setattr(visible_tracks, "find_visible_tracks", find_changed)
            async with services.database.read() as conn:
                page = (await encoded_lists.list_pages(conn, [query], builder))[query]
        return [track["artist"][field] for track in _fields_of(page)["tracks"]]

    assert await list_names(rename, owner.id, f"x{owner.username}") == [f"x{owner.username}"]
    await change(rename, owner.id, owner.username)
    assert await list_names() == [owner.username]
    show = "update profiles set display_name = $2 where id = $1"
    await change(show, owner.id, "Ö")
    assert await list_names(show, owner.id, "Å", field="display_name") == ["Å"]
    await change(show, owner.id, "Ö")
    assert await list_names(field="display_name") == ["Ö"]
    await change("update tracks set title = 'Other' where id = $1", track_id)
    assert await list_names(withdraw, track_id, "unlisted") == []
