"""Ten times the data: a random selection, a station and a computation read as much as before."""

from random import Random
from typing import Any

import pytest
from msgspec import structs

from tests import make
from tests.infra.databases import execute, migrated, vacuum
from tests.plans import Catcher, Plan, explain
from veza.core.access import Role
from veza.core.ids import TrackId, UserId
from veza.domains.music.discovery import rules
from veza.domains.music.discovery.queries import artists, draws, shown, similarities
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Conn

_MEMBERS = """
    insert into users (id, username, email, password_hash, role)
    select gen_random_uuid(), 'crowd' || n, 'crowd' || n || '@example.com', '!', 'creator'
      from generate_series(1, 100) n
"""
# A tenth of the tracks is of a genre; the first member has some of the first tracks alone. The
# likes of a track are those of ten members.
_TRACKS = """
    with members as (
        select row_number() over (order by username) - 1 as place, id
          from users where username like 'crowd%'
    ), made as (
        insert into tracks (id, owner_id, title, genre, visibility, status, duration_ms, format,
                            likes_count, created_at)
             select uuidv7(n * interval '-1 minute'), m.id, 'x', 'genre' || n % 10, 'public',
                    'ready', 1000, 'flac', 10, now() - n * interval '1 minute'
               from generate_series($1::integer + 1, $2::integer) n
               join members m on m.place = case when $1 = 0 then n % 100 else 1 + n % 99 end
          returning id, genre, created_at
    ), drawn as (
        insert into track_draws (track_id, genre, year)
             select id, genre, case when created_at > now() - interval '1000 minutes'
                                     and hashtext(id::text) & 7 = 0 then 1985 else 2001 end
               from made
    ), tagged as (
        insert into track_tags (track_id, key, spelling) select id, 'tag' || genre, 'x' from made
    )
    insert into track_likes (track_id, user_id, track_created_at)
         select made.id, m.id, made.created_at
           from made
           join members m on m.place % 10 = hashtext(made.id::text) & 7
"""
_TAGS = """
    insert into tags (key, uses_count) select key, count(*) from track_tags group by key
    on conflict (key) do update set uses_count = excluded.uses_count
"""
_LARGE_TABLES = {"tracks", "track_draws", "track_tags", "track_likes"}
# Rows that are found one by one, where a smaller table is read whole for less: the similar tracks
# of five tracks.
_FOUND = {"computing artists": 5 * 50}


async def _explain_all(conn: Conn) -> dict[str, Plan]:
    plans: dict[str, Plan] = {}
    first = await conn.column(TrackId, "select id from tracks order by created_at desc limit 40")
    sql = "select id from users where username = 'crowd1'"
    [artist] = await conn.column(UserId, sql)

    async def look(name: str, function: Any, *args: Any, **named: Any) -> None:
        catcher = Catcher()
        await function(catcher, *args, **named)
        plans[name] = await explain(conn, catcher.sql, *catcher.args)

    await look("computing tracks", similarities.compute_similar, first[:5])
    await look("computing artists", artists.compute_similar, [artist])
    for genre in (None, "genre3"):
        draw = rules.make_draw(Random(1), 20, genre)
        await look(f"random tracks of {genre}", draws.draw_tracks, draw, artist)
    for function in (draws.draw_tracks, draws.draw_rare_tracks):
        draw = structs.replace(rules.make_draw(Random(1), 20), from_year=1980, to_year=1989)
        await look(f"{function.__name__} of some years", function, draw, artist)
    await look("newest tracks", draws.list_newest, 20, artist)
    await look("candidates", shown.list_candidates, first, artist)
    await look("similar tracks", similarities.list_similar, first[0], 20, artist)
    await look("top tracks", artists.list_top_tracks, artist, 20, None)
    return plans


@pytest.mark.long
async def test_discovery_reads_the_same_of_ten_times_the_data(services):
    async with (
        migrated(services) as urls,
        # To fill the tables takes long on a busy machine.
        db.connect(urls.owner_url, statement_timeout_ms=600_000) as database,
    ):
        async with database.transaction() as tx:
            await make.member_in(tx, Role.CREATOR)
            await tx.run(_MEMBERS)
        for table in _LARGE_TABLES:
            # While it is analyzed beside, a vacuum marks no page as visible to all.
            await execute(urls.owner_url, f"alter table {table} set (autovacuum_enabled = off)")
        plans: list[dict[str, Plan]] = []
        for since, until in ((0, 1_000), (1_000, 10_000)):
            async with database.transaction() as tx:
                await tx.run(_TRACKS, since, until)
                await tx.run(_TAGS)
            await vacuum(urls.owner_url, _LARGE_TABLES)
            async with database.transaction() as tx:
                # A table of few pages would be read whole, whatever indexes it has.
                off = "on" if since else "off"
                await tx.value(str, f"set local enable_seqscan = {off}")
                plans.append(await _explain_all(tx))

    before, after = plans
    for name, plan in after.items():
        assert not plan.read_whole() & _LARGE_TABLES, (name, plan)
        most = before[name].buffers * 1.5 + 20 + 3 * _FOUND.get(name, 0)
        assert plan.buffers <= most, (name, before[name], plan)
