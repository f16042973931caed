"""Ten times the tracks and their history: a report, a page and the count of a day read as much."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests import make
from tests.infra.databases import execute, migrated, vacuum
from tests.plans import Catcher, Plan, explain
from veza.core.access import Member, Role
from veza.core.ids import LOWEST_ID, TrackId
from veza.domains.music.statistics.models import DateRange, DayRange, ListQuery, Subject
from veza.domains.music.statistics.queries import counting, lists, reports, sales
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Conn

_TRACKS_COUNT = 600
_HIGHEST = UUID(int=2**128 - 1)
_OTHERS = """
    insert into users (id, username, email, password_hash, role)
    select gen_random_uuid(), 'crowd' || n, 'crowd' || n || '@example.com', '!', 'creator'
      from generate_series(1, 20) n
"""
# Every other track is of the first member. Each has figures of ten days, a product, and likes.
_TRACKS = """
    with owners as (
        select row_number() over (order by username like 'crowd%', username) - 1 as place, id
          from users
    ), made as (
        insert into tracks (id, owner_id, title, visibility, status, duration_ms, format,
                            likes_count, created_at)
             select uuidv7(n * interval '-1 minute'), o.id, 'x', 'public', 'ready', 1000, 'flac', 1,
                    now() - n * interval '1 minute'
               from generate_series($1::integer + 1, $2::integer) n
               join owners o on o.place = n % 2 * (n % 20)
          returning id, owner_id, created_at
    ), days as (
        insert into track_days (track_id, day, artist_id, plays, listeners, likes)
             select id, current_date - 10 - n, owner_id, 9, 7, 1 from made, generate_series(1, 10) n
    ), referrers as (
        insert into track_referrers (track_id, day, artist_id, client, host, plays)
             select id, current_date - 10 - n, owner_id, 'web', '', 9
               from made, generate_series(1, 10) n
    ), products as (
        insert into products (id, seller_id, track_id, title, type, price_cents, currency)
             select id, owner_id, id, 'x', 'track', 100, 'EUR' from made
          returning id
    )
    insert into track_likes (track_id, user_id, track_created_at, liked_at)
         select id, owner_id, created_at, now() - interval '20 days' from made
"""
_SALES = """
    insert into product_days
    select id, current_date - 10 - n, 'EUR', 'live', 1, 0, 90
      from products, generate_series(1, 10) n
     order by id, n
    on conflict do nothing
"""
_TODAY = """
    with chosen as (select id, owner_id from tracks order by created_at desc limit 60),
    played as (
        insert into counted_plays (artist_id, track_id, listener, client, host)
             select owner_id, id, 'l' || n, 'web', 'blog.example'
               from chosen, generate_series(1, 5) n
    )
    insert into track_days (track_id, day, artist_id, plays)
         select id, current_date, owner_id, 1 from chosen
    on conflict do nothing
"""
_LARGE_TABLES = {"tracks", "track_days", "track_referrers", "product_days", "track_likes"}


async def _explain_all(conn: Conn, artist: Member) -> dict[str, Plan]:
    plans: dict[str, Plan] = {}
    ids = await conn.column(TrackId, "select id from tracks order by created_at desc limit 40")
    today = await conn.value(date, "select current_date") or date.today()  # noqa: DTZ011
    days = DateRange(today - timedelta(days=30), today)
    query = ListQuery(days, 20)
    everyone = DayRange(today, LOWEST_ID, _HIGHEST)

    async def look(name: str, function: Any, *args: Any) -> None:
        catcher = Catcher()
        await function(catcher, *args)
        plans[name] = await explain(conn, catcher.sql, *catcher.args)

    await look("overview", reports.list_audience, Subject(artist.id), days)
    await look("overview of sales", reports.list_sales, Subject(artist.id), days)
    for function in (reports.list_audience, reports.list_sales, reports.list_referrers):
        await look(f"{function.__name__} of track", function, Subject(artist.id, ids[0]), days)
    await look("referrers", reports.list_referrers, Subject(artist.id), days)
    for function in (lists.list_tracks, lists.list_releases, lists.list_products):
        await look(function.__name__, function, artist.id, query)
    for function in (lists.list_track_sales, lists.list_release_sales, lists.list_product_sales):
        await look(function.__name__, function, ids[:20], days)
    for function in (
        *(counting.lock_played_artists, counting.lock_liked_artists, counting.count_plays),
        *(counting.count_track_referrers, counting.count_artist_referrers),
        *(counting.count_release_listeners, counting.count_likes, counting.reset_likes),
        counting.sum_artists,
    ):
        await look(function.__name__, function, everyone)
    for function in (sales.count_product_sales, sales.count_seller_sales):
        await look(function.__name__, function, today)
    return plans


@pytest.mark.long
async def test_statistics_read_the_same_of_ten_times_the_tracks(services):
    async with migrated(services) as urls, db.connect(urls.owner_url) as database:
        async with database.transaction() as tx:
            artist, _ = await make.member_in(tx, Role.CREATOR, "artist")
            await tx.run(_OTHERS)
        for table in _LARGE_TABLES:
            # While it is analyzed beside, a vacuum marks no page as visible to all.
            await execute(urls.owner_url, f"alter table {table} set (autovacuum_enabled = off)")
        plans: list[dict[str, Plan]] = []
        for since, until in ((0, _TRACKS_COUNT), (_TRACKS_COUNT, _TRACKS_COUNT * 10)):
            async with database.transaction() as tx:
                await tx.run(_TRACKS, since, until)
                await tx.run(_SALES)
                if not since:
                    await tx.run(_TODAY)
            await vacuum(urls.owner_url, _LARGE_TABLES)
            async with database.transaction() as tx:
                # A table of few pages would be read whole, whatever indexes it has.
                off = "on" if since else "off"
                await tx.value(str, f"set local enable_seqscan = {off}")
                plans.append(await _explain_all(tx, artist))

    before, after = plans
    for name, plan in after.items():
        assert not plan.read_whole() & _LARGE_TABLES, (name, plan)
        # A page for each of 200 rows, where a smaller table has several rows in a page.
        assert plan.buffers <= before[name].buffers * 1.5 + 200, (name, before[name], plan)
