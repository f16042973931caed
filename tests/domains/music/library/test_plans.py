"""Query plans for a member with a large library: pages and states read a few rows by an index."""

import pytest

from tests import make
from tests.domains.music.crowds import OWNERS, add_owners, remove_owners
from tests.plans import explain
from tests.raw import hearing
from veza.core.ids import TrackId
from veza.domains.music.library.service import states
from veza.infra.postgres import database as db

pytestmark = pytest.mark.long

FILL = f"""
    with made as (
        insert into tracks (id, owner_id, title, visibility, status, duration_ms, format)
             select gen_random_uuid(), o.id, 'Track ' || n, 'public', 'ready', 180000, 'flac'
               from generate_series(1, 5000) s (n)
               join {OWNERS}
          returning id
    ), numbered as (
        select id, row_number() over () as n from made
    ), rated as (
        insert into track_ratings (user_id, track_id, rating, rated_at)
             select $2, id, 1 + n % 5, now() - n * interval '1 second' from numbered
    ), liked as (
        insert into track_likes (track_id, user_id, track_created_at)
             select id, $2, now() from numbered
    )
    insert into track_history (user_id, track_id, first_played_at, last_played_at)
         select $2, id, now() - interval '1 year', now() - n * interval '1 second' from numbered
"""


@pytest.fixture
async def listener(services):
    """Return a member who rated, liked and played five thousand tracks."""
    person = await make.person(services)
    async with services.database.transaction() as tx:
        name = await add_owners(tx)
        await tx.run(FILL, name, person.id)
    async with db.connect(services.addresses.migration) as owning, owning.transaction() as tx:
        await tx._raw.execute("analyze users, tracks, track_ratings, track_likes, track_history")
    yield person
    async with services.database.transaction() as tx:
        await tx.run("delete from users where id = $1", person.id)
        await remove_owners(tx, name)


async def test_pages_and_states_read_a_few_rows(client, services, listener):
    async with hearing(services, "e.user_id = $1") as pages:
        for path in ("history", "ratings"):
            answer = await client.get(f"users/me/library/{path}", headers=listener.headers)
            assert len(answer.json()["data"][{"history": "entries"}.get(path, path)]) == 20
    async with services.database.read() as conn:
        sql = "select track_id from track_history where user_id = $1 limit 500"
        track_ids = await conn.column(TrackId, sql, listener.id)
    async with (
        hearing(services, "bookmark_ms") as listed,
        services.database.read() as conn,
    ):
        found = await states.find_states(conn, listener.member, track_ids)
    assert len(found) == 500

    assert (len(pages), len(listed)) == (2, 1)
    for statements, most in ((pages, 500), (listed, 2_500)):
        for sql, values in statements:
            async with services.database.read() as conn:
                plan = await explain(conn, sql, *values)
            assert not plan.read_whole(), plan
            assert max(plan.sorted_rows(), default=0) == 0, plan
            assert plan.buffers <= most, plan
