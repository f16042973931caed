"""Lists of releases for other domains: orders, several artists, random, and their plans."""

import pytest

from tests import make
from tests.domains.music.crowds import OWNERS, add_owners
from tests.infra.databases import large
from tests.plans import explain
from tests.raw import hearing
from veza.core.ids import ReleaseId, new_id
from veza.domains.music.releases import shared_queries
from veza.domains.music.releases.models.releases import ReleaseOrder, ReleaseQuery
from veza.domains.music.releases.service import lists

# Three of four are listed, with two tracks each; genre and date vary.
FILL = f"""
    insert into releases (id, owner_id, title, kind, genre, release_date, visibility,
                          created_at, tracks_count)
         select gen_random_uuid(), o.id, 'Crowd ' || s.n, 'album', 'crowd' || s.n % 50,
                date '1990-01-01' + s.n % 10000,
                case when s.n % 4 = 0 then 'private' else 'public' end,
                now() - s.n * interval '1 minute', 2
           from generate_series(1, 20000) s (n)
           join {OWNERS}
"""


async def _ids(services, query, viewer=None):
    async with services.database.read() as conn:
        return [str(row.id) for row in await lists.find_rows(conn, query, viewer)]


async def test_every_order_and_the_years_are_those_of_the_releases(services, owner, add, create):
    track = await add()
    facts = [("b", "Zoe", "2001-05-05"), ("A", "anna", "1999-01-01"), ("c", "Ben", None)]
    b, a, c = [
        (await create(track, title=title, artist_name=artist, release_date=day))["id"]
        for title, artist, day in facts
    ]
    for order, expected in (
        (ReleaseOrder.NEWEST, [c, a, b]),
        (ReleaseOrder.TITLE, [a, b, c]),
        (ReleaseOrder.ARTIST, [a, c, b]),
        (ReleaseOrder.OLDEST_DATE, [a, b]),
        (ReleaseOrder.LATEST_DATE, [b, a]),
    ):
        query = ReleaseQuery(order=order, owner_ids=[owner.id])
        assert await _ids(services, query) == expected
        skipped = ReleaseQuery(order=order, owner_ids=[owner.id], offset=1, limit=1)
        assert await _ids(services, skipped) == expected[1:2]
    years = ReleaseQuery(owner_ids=[owner.id], from_year=2000, to_year=99_999)
    assert await _ids(services, years) == [b]


async def test_several_artists_and_their_tracks_are_read_at_once(services, owner, other, create):
    async with services.database.transaction() as tx:
        mine, theirs = [await make.bare_track(tx, each, "A") for each in (owner, other)]
        second = await make.release(tx, other.member, "Theirs", theirs, visibility="public")
    first = (await create(mine))["id"]
    await create(mine, visibility="private")
    owners = [owner.id, other.id]
    async with services.database.read() as conn:
        places = await shared_queries.list_named_places(conn, [mine, theirs])
        found = await lists.find_visible_rows(conn, [second, ReleaseId(new_id())], None)
    assert {str(each.release_id) for each in places} == {first, str(second)}
    assert list(found) == [second]
    assert set(await _ids(services, ReleaseQuery(owner_ids=owners))) == {first, str(second)}


async def test_a_random_selection_has_no_release_twice(services, owner, add, create):
    track = await add()
    ids = {(await create(track))["id"] for _ in range(6)}
    query = ReleaseQuery(owner_ids=[owner.id], limit=4)
    seen = set()
    async with services.database.read() as conn:
        for _ in range(40):
            found = [str(row.id) for row in await lists.find_rows_at_random(conn, query, None)]
            assert len(set(found)) == len(found) == 4
            seen |= set(found)
        everything = ReleaseQuery(owner_ids=[owner.id], limit=20)
        assert len(await lists.find_rows_at_random(conn, everything, None)) == 6
    assert seen == ids


@pytest.fixture(scope="module")
async def many(services):
    """Return services with a database of very many releases, and a member there."""
    async with large(services) as made:
        async with made.services.database.transaction() as tx:
            member, _ = await make.member_in(tx)
            name = await add_owners(tx)
        await made.fill(FILL, name)
        await made.fill("analyze releases, users, blocks")
        yield made.services, member


@pytest.mark.long
@pytest.mark.parametrize(
    ("order", "filters"),
    [
        *((order, filters) for order in ReleaseOrder for filters in ({}, {"offset": 500})),
        (ReleaseOrder.NEWEST, {"genre": "crowd7"}),
        (ReleaseOrder.OLDEST_DATE, {"from_year": 2005}),
        (ReleaseOrder.LATEST_DATE, {"from_year": 1991, "to_year": 1995}),
    ],
)
async def test_a_page_of_many_releases_reads_an_index(many, order, filters):
    services, member = many
    query = ReleaseQuery(order=order, limit=20, **filters)
    async with hearing(services, "from releases r") as statements:
        found = await _ids(services, query, member)
    assert len(found) == 20
    for sql, values in statements:
        async with services.database.read() as conn:
            plan = await explain(conn, sql, *values)
        assert plan.buffers <= 3_000, plan


@pytest.mark.long
async def test_a_random_selection_of_many_reads_a_window(many):
    services, member = many
    query = ReleaseQuery(limit=20)
    async with hearing(services, "from releases r") as statements, services.database.read() as conn:
        await lists.find_rows_at_random(conn, query, member)
    for sql, values in statements:
        async with services.database.read() as conn:
            plan = await explain(conn, sql, *values)
        assert "releases" not in plan.read_whole(), plan
        assert plan.buffers <= 1_500, plan
