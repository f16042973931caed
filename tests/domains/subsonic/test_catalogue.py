"""The lists of artists, albums and genres: exact, current, and read by an index."""

import asyncio
from typing import Any

import pytest

from tests import make
from tests.domains.subsonic.albums_steps import release
from tests.domains.subsonic.players import Player, sounding_track
from tests.infra.databases import execute, migrated, vacuum
from tests.plans import Plan, explain
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import TrackId, UserId
from veza.core.visibility import Visibility
from veza.domains.music.releases import jobs
from veza.domains.music.releases.models.forms import PlacedTrack, ReleaseChange, ReleaseTracksForm
from veza.domains.music.releases.service import contents, releases
from veza.domains.music.tracks.models.forms import TrackChange
from veza.domains.music.tracks.service import track_changes
from veza.domains.subsonic.models.rows import AlbumOrder, ArtistRow, SongPage
from veza.domains.subsonic.queries import albums, artists, songs
from veza.domains.subsonic.queries import catalogue as queries_catalogue
from veza.domains.subsonic.service import catalogue
from veza.domains.subsonic.service.catalogue import Catalogue
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Conn

# The rows that the triggers should have made, from the tables that they are made of.
_DEFINITION = """
    select t.id, false as is_release,
           t.visibility = 'public' and t.status = 'ready'
           and exists (select from track_media m where m.track_id = t.id) as is_public,
           (select count(*) from release_tracks e join releases r on r.id = e.release_id
             where e.track_id = t.id and r.visibility = 'public')::integer as releases_count,
           t.created_at as listed_at, lower(t.title) as title_key, u.username_key as artist_key,
           t.created_at as dated_at, lower(t.genre) as genre
      from tracks t join users u on u.id = t.owner_id
     where t.owner_id = $1
     union all
    select r.id, true, r.visibility = 'public' and r.tracks_count > 0, 0, r.listed_at,
           lower(r.title), r.artist_key, r.release_date::timestamp at time zone 'UTC',
           lower(r.genre)
      from releases r
     where r.owner_id = $1
"""
_KEPT = """
    select id, is_release, is_public, releases_count, listed_at, title_key, artist_key, dated_at,
           genre
      from catalogue_items
     where owner_id = $1
"""


async def _differences(services: Services, owner_id: UserId) -> list[Any]:
    sql = f"""
        (({_DEFINITION}) except ({_KEPT})) union all (({_KEPT}) except ({_DEFINITION}))
    """
    return await execute(services.addresses.migration, sql, owner_id)


async def _hide(services: Services, owner: make.Person, track_id: TrackId) -> None:
    async with services.database.transaction() as tx:
        hidden = TrackChange(visibility=Visibility.PRIVATE, genre="dub")
        await track_changes.update_track(tx, track_id, owner.member, hidden, make.NO_LINKS)


@pytest.mark.long
async def test_triggers_keep_what_tracks_and_releases_say(
    services: Services, artist: make.Person
) -> None:
    owner, links = artist.member, make.NO_LINKS
    first, second, third = [
        await sounding_track(services, artist, title, genre="House") for title in "ABC"
    ]
    assert await _differences(services, artist.id) == []
    early = await release(services, artist, "Early", first, second)
    late = await release(services, artist, "Late", second, third, visibility=Visibility.PRIVATE)
    assert await _differences(services, artist.id) == []
    for change in (
        ReleaseChange(visibility=Visibility.PUBLIC, genre="techno"),
        ReleaseChange(title="Later", artist_name="Somebody"),
    ):
        async with services.database.transaction() as tx:
            await releases.update_release(tx, late, owner, change, links)
        assert await _differences(services, artist.id) == []
    async with services.database.transaction() as tx:
        form = ReleaseTracksForm([PlacedTrack(third), PlacedTrack(first)])
        await contents.replace_tracks(tx, early, owner, form, links)
    assert await _differences(services, artist.id) == []
    await _hide(services, artist, first)
    assert await _differences(services, artist.id) == []
    async with services.database.transaction() as tx:
        await tx.run("update users set username = $2 where id = $1", artist.id, owner.id.hex[-20:])
    assert await _differences(services, artist.id) == []
    async with services.database.transaction() as tx:
        await track_changes.delete_track(tx, third, owner)
    assert await _differences(services, artist.id) == []
    for release_id in (early, late):
        async with services.database.transaction() as tx:
            await releases.delete_release(tx, release_id, owner)
        assert await _differences(services, artist.id) == []
    await execute(services.addresses.migration, "delete from users where id = $1", artist.id)
    assert await _differences(services, artist.id) == []


def _find(rows: tuple[ArtistRow, ...], person: make.Person) -> tuple[str, int] | None:
    found = [(row.name, row.albums_count) for row in rows if row.id == person.id]
    assert len(found) <= 1
    return found[0] if found else None


async def test_a_process_that_remembers_the_artists_notices_each_change(
    services: Services, artist: make.Person
) -> None:
    known = Catalogue()

    async def look() -> tuple[str, int] | None:
        async with services.database.read() as conn:
            remembered = await known.list_artists(conn)
            assert remembered == await Catalogue().list_artists(conn)
        return _find(remembered, artist)

    assert await look() is None
    first = await sounding_track(services, artist, "One")
    assert await look() == (artist.username, 1)
    second = await sounding_track(services, artist, "Two")
    assert await look() == (artist.username, 2)
    release_id = await release(services, artist, "Both", first, second)
    assert await look() == (artist.username, 1)
    name = artist.member.id.hex[-20:]
    async with services.database.transaction() as tx:
        await tx.run("update users set username = $2 where id = $1", artist.id, name)
    assert await look() == (name, 1)
    async with services.database.transaction() as tx:
        await tx.run("update users set display_name = 'Björk' where id = $1", artist.id)
    assert await look() == ("Björk", 1)
    async with services.database.transaction() as tx:
        await releases.delete_release(tx, release_id, artist.member)
    await _hide(services, artist, first)
    assert await look() == ("Björk", 1)
    async with services.database.transaction() as tx:
        await track_changes.delete_track(tx, second, artist.member)
    assert await look() is None


async def test_a_change_that_began_before_others_and_was_committed_after_them_is_noticed(
    services: Services, artist: make.Person
) -> None:
    known, other = Catalogue(), await make.person(services, Role.CREATOR)
    async with services.database.transaction(recorded=False) as slow:
        await make.keep_quiet(slow)
        track_id = await make.bare_track(slow, artist.member, "Slow")
        sql = """
            insert into track_media (track_id, filename, original_kind, original_size,
                                     original_hash)
                 values ($1, 'a.flac', 'flac', 1, 'none')
        """
        await slow.run(sql, track_id)
        await sounding_track(services, other, "Quick")
        async with services.database.read() as conn:
            before = await known.list_artists(conn)
    async with services.database.read() as conn:
        after = await known.list_artists(conn)
    assert _find(before, other) == _find(after, other) == (other.username, 1)
    assert (_find(before, artist), _find(after, artist)) == (None, (artist.username, 1))


async def test_of_more_changes_and_more_artists_than_are_remembered_the_first_are_right(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await make.person(services, Role.CREATOR) for _ in range(4)]
    kept = [await sounding_track(services, person, "One") for person in people]
    async with services.database.read() as conn:
        everybody = await Catalogue().list_artists(conn)
        most = max(1, len(everybody) - 2)
        monkeypatch.setattr(catalogue, "MAX_ARTISTS", most)
        monkeypatch.setattr(catalogue, "_MAX_CHANGES", 3)
        known = Catalogue()
        assert list(await known.list_artists(conn)) == list(everybody[:most])
    for person, track_id in zip(people, kept, strict=True):
        await _hide(services, person, track_id)
        async with services.database.read() as conn:
            found = await known.list_artists(conn)
            assert found == await Catalogue().list_artists(conn)
            assert _find(found, person) is None


async def test_artists_are_starred_and_hidden_for_each_viewer_in_both_formats(
    player: Player, services: Services, artist: make.Person
) -> None:
    hidden = await make.person(services, Role.CREATOR)
    suspended = await make.person(services, Role.CREATOR)
    for owner in (artist, hidden, suspended):
        await sounding_track(services, owner, "One")

    async def look() -> dict[str, bool]:
        letters = (await player.get("getArtists"))["artists"]["index"]
        listed = [one for letter in letters for one in letter["artist"]]
        text = await player.xml("getArtists")
        assert {one["id"] in text for one in listed} == {True}
        assert text.count("<artist ") == len(listed)
        pages = (await player.get("search3", query="", artistCount=500))["searchResult3"]
        # The index has names that begin with no letter last; a search has them first.
        assert not [one for one in pages["artist"] if one not in listed]
        return {one["id"]: "starred" in one for one in listed}

    before = await look()
    assert {before[f"ar-{one.id}"] for one in (artist, hidden, suspended)} == {False}
    await player.get("star", artistId=f"ar-{artist.id}")
    await make.blocks(services, hidden, player.owner)
    await make.suspended(services, suspended)
    after = await look()
    assert after[f"ar-{artist.id}"] is True
    assert {f"ar-{hidden.id}", f"ar-{suspended.id}"}.isdisjoint(after)


async def test_genres_follow_tracks_and_releases(services: Services, artist: make.Person) -> None:
    genre, known = f"g{artist.id.hex[-20:]}", Catalogue()

    async def look() -> list[tuple[int, int]]:
        async with services.database.read() as conn:
            found = await known.list_genres(conn)
            assert found == await Catalogue().list_genres(conn)
        return [(row.tracks_count, row.albums_count) for row in found if row.name == genre]

    assert await look() == []
    first = await sounding_track(services, artist, "One", genre=genre)
    second = await sounding_track(services, artist, "Two", genre=genre)
    assert await look() == [(2, 2)]
    await release(services, artist, "Both", first, second, genre=genre)
    assert await look() == [(2, 1)]
    await _hide(services, artist, first)
    assert await look() == [(1, 1)]


async def test_a_job_copies_plays_and_ratings_and_forgets_old_changes(
    services: Services, artist: make.Person
) -> None:
    placed = await sounding_track(services, artist, "One", plays_count=7)
    alone = await sounding_track(services, artist, "Two")
    release_id = await release(services, artist, "On it", placed)
    async with services.database.transaction() as tx:
        await tx.run("insert into track_ratings values ($1, $2, 5)", artist.id, alone)
        await tx.run("update tracks set plays_count = 9 where id = $1", alone)
        await tx.run("update catalogue_changes set changed_at = now() - interval '1 day'")
        await make.keep_quiet(tx)
    await jobs.refresh_catalogue(services.database)
    sql = "select id, plays_count, rating > 0 from catalogue_items where owner_id = $1"
    found = await execute(services.addresses.migration, sql, artist.id)
    assert set(found) == {(placed, 7, False), (alone, 9, True), (release_id, 7, False)}
    left = await execute(
        services.addresses.migration,
        "select kind from catalogue_changes where changed_at < now() - interval '12 hours'",
    )
    # The time of the last change of an artist stays.
    assert [kind for (kind,) in left] == ["artist"]


_TRACKS = 20_000
_FAR = 8_000
_FILL = [
    """
    insert into users (id, username, email, password_hash, role)
    select gen_random_uuid(), 'crowd' || n, 'crowd' || n || '@example.com', '!', 'creator'
      from generate_series(1, 1000) as n
    """,
    f"""
    insert into tracks (id, owner_id, title, genre, visibility, status, duration_ms, format,
                        plays_count, created_at)
    select gen_random_uuid(), u.id, 'Track ' || s.n, 'genre ' || s.n % 20, 'public', 'ready', 1000,
           'flac', s.n % 1000, now() - s.n * interval '1 minute'
      from generate_series(1, {_TRACKS}) as s (n)
      join (select id, row_number() over () as n from users) u on u.n = 1 + s.n % 1000
    """,
    """
    insert into track_media (track_id, filename, original_kind, original_size, original_hash)
    select id, 'a.flac', 'flac', 1, 'none' from tracks
    """,
    """
    insert into releases (id, owner_id, title, kind, release_date, visibility, artist_key)
    select gen_random_uuid(), id, 'Release of ' || username, 'album', '2020-01-01', 'public', ''
      from users
    """,
    """
    insert into release_tracks (release_id, track_id, disc, number)
    select r.id, t.id, 1, t.n
      from releases r
      join (select id, owner_id, row_number() over (partition by owner_id order by id) as n
              from tracks) t on t.owner_id = r.owner_id and t.n <= 10
    """,
]


_LARGE_TABLES = {"tracks", "track_media", "releases", "release_tracks", "catalogue_items"}


class _Explainer:
    """Explains each statement before it runs it."""

    def __init__(self, conn: Conn) -> None:
        self.conn = conn
        self.plans: list[Plan] = []

    async def all(self, kind: Any, sql: str, *args: Any) -> list[Any]:
        self.plans.append(await explain(self.conn, sql, *args))
        return await self.conn.all(kind, sql, *args)

    async def value(self, kind: Any, sql: str, *args: Any) -> Any:
        self.plans.append(await explain(self.conn, sql, *args))
        return await self.conn.value(kind, sql, *args)


@pytest.mark.long
async def test_far_pages_are_read_from_an_index_and_only_their_rows_from_tables(
    services: Services,
) -> None:
    async with migrated(services) as urls:
        for sql in _FILL:
            await execute(urls.owner_url, sql)
        await vacuum(urls.owner_url, ["catalogue_items"])
        async with db.connect(urls.app_url) as database, database.read() as conn:
            viewer_id = await conn.value(UserId, "select id from users limit 1")
            assert viewer_id is not None
            for order in AlbumOrder:
                if order in {AlbumOrder.RANDOM, AlbumOrder.RECENT, AlbumOrder.STARRED}:
                    continue
                for offset in (0, _FAR):
                    asking = _Explainer(conn)
                    page = SongPage(500, offset)
                    found = await albums.list_albums(asking, viewer_id, page, order)
                    assert len(found) == 500
                    # Entries of an index, about a hundred on a page.
                    _ensure_bounded(asking, offset // 30 + 200)
            asking = _Explainer(conn)
            assert len(await songs.list_songs(asking, viewer_id, SongPage(1, _FAR))) == 1
            _ensure_bounded(asking, _FAR // 30 + 200)
            asking = _Explainer(conn)
            ids = await conn.column(UserId, "select id from users limit 20")
            assert len(await artists.list_artists_by_id(asking, ids)) == 20
            assert len(await queries_catalogue.list_genres(asking, 5, ["genre 1"])) == 1
            _ensure_bounded(asking, 400)


def _ensure_bounded(asking: _Explainer, most: int) -> None:
    for plan in asking.plans:
        assert not plan.read_whole() & _LARGE_TABLES, plan
        assert max(plan.sorted_rows(), default=0) <= 1_000, plan
        assert plan.buffers <= most, (plan.buffers, most, plan)


@pytest.mark.long
async def test_concurrent_changes_neither_fail_nor_leave_wrong_rows(
    services: Services, artist: make.Person
) -> None:
    owner, links = artist.member, make.NO_LINKS
    track_ids = [await sounding_track(services, artist, f"Track {n}") for n in range(6)]
    made = [
        await release(services, artist, "Of all", *track_ids[n : n + 4], visibility=visibility)
        for n, visibility in enumerate((Visibility.PUBLIC, Visibility.PRIVATE, Visibility.PUBLIC))
    ]

    async def change_releases(number: int) -> None:
        for turn in range(6):
            visibility = Visibility.PUBLIC if (turn + number) % 2 else Visibility.PRIVATE
            async with services.database.transaction() as tx:
                change = ReleaseChange(visibility=visibility)
                await releases.update_release(tx, made[number], owner, change, links)

    async def change_tracks(number: int) -> None:
        for turn in range(6):
            visibility = Visibility.PUBLIC if (turn + number) % 2 else Visibility.PRIVATE
            async with services.database.transaction() as tx:
                change = TrackChange(visibility=visibility)
                await track_changes.update_track(tx, track_ids[number], owner, change, links)

    async def replace_tracks() -> None:
        for turn in range(6):
            form = ReleaseTracksForm([PlacedTrack(each) for each in track_ids[turn % 3 : 5]])
            async with services.database.transaction() as tx:
                await contents.replace_tracks(tx, made[0], owner, form, links)

    async def delete_last() -> None:
        async with services.database.transaction() as tx:
            await track_changes.delete_track(tx, track_ids[5], owner)

    await asyncio.gather(
        *(change_releases(number) for number in range(3)),
        *(change_tracks(number) for number in range(5)),
        *(jobs.refresh_catalogue(services.database) for _ in range(3)),
        replace_tracks(),
        delete_last(),
    )
    assert await _differences(services, artist.id) == []
