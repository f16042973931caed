"""Ten times the data: frequent statements read as much as before, and no table from end to end."""

from typing import Any

import pytest

from tests import make
from tests.infra.databases import execute, migrated
from tests.plans import Catcher, Plan, explain
from veza.core.access import Role
from veza.core.ids import UserId
from veza.core.pages import MAX_ROWS_BY_NUMBER
from veza.domains.marketplace.products.models.forms import ProductType
from veza.domains.marketplace.products.models.lists import ProductQuery, ProductSort
from veza.domains.marketplace.products.queries import listings
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.queries import numbered_pages, tracks
from veza.domains.notifications.inbox.queries import views
from veza.domains.social.posts.models import PostOrder, PostQuery
from veza.domains.social.posts.queries import lists
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Conn, Database

# Small enough for a test, large enough that reading a whole table costs more than an index.
_ROWS_AT_FIRST = 1_000
_TIMES = 10
# More levels of an index and fuller pages of it, but no more rows.
_MOST_MORE = 1.5

_OTHERS = """
    insert into users (id, username, email, password_hash, role)
    select gen_random_uuid(), 'other' || n, 'other' || n || '@example.com', '!', 'creator'
      from generate_series(1, 199) n
"""
_FOLLOWS = """
    insert into follows (follower_id, followed_id)
    select $1, id from users where id <> $1
"""
# Every other row is the member's, the rest is that of 199 others, whom the member follows.
_ROWS = """
      from generate_series($2::integer + 1, $3::integer) n
      join (select row_number() over (order by id <> $1, id) - 1 as place, id from users) owner
        on owner.place = n % 2 * (n % 200)
"""
_TRACKS = f"""
    insert into tracks (id, owner_id, title, visibility, status, duration_ms, format,
                        created_at)
    select uuidv7(n * interval '-1 minute'), owner.id, 'x', 'public', 'ready', 1000, 'flac',
           now() - n * interval '1 minute'
    {_ROWS}
"""
_LIKES = """
    insert into track_likes (track_id, user_id)
    select t.id, u.id from tracks t, users u where u.id = $1 or t.owner_id = u.id
    on conflict do nothing
"""
_PRODUCTS = f"""
    insert into products (id, seller_id, title, type, price_cents, currency, status, published_at,
                          sales_count)
    select uuidv7(n * interval '-1 minute'), owner.id, 'x',
           case when n % 4 = 0 then 'preset' else 'album' end, 50 + n % 5000, 'EUR', 'published',
           now() - n * interval '1 minute', n % 97
    {_ROWS}
"""
_NOTIFICATIONS = """
    insert into notifications (id, user_id, kind, subject_id, actors_count, track_id, read_at,
                               told_at)
    select gen_random_uuid(), $1, 'track_ready', t.id, null, t.id, now(), t.created_at
      from tracks t
     where t.owner_id = $1
    on conflict do nothing
"""
_POSTS = f"""
    insert into posts (id, author_id, content, created_at)
    select uuidv7(n * interval '-1 minute'), owner.id, 'x', now() - n * interval '1 minute'
    {_ROWS}
"""
_TABLES = {"tracks", "track_likes", "products", "notifications", "posts"}


async def _grow(database: Database, user_id: UserId, since: int, until: int) -> None:
    async with database.transaction() as tx:
        await tx.run(_TRACKS, user_id, since, until)
        await tx.run(_LIKES, user_id)
        await tx.run(_PRODUCTS, user_id, since, until)
        await tx.run(_NOTIFICATIONS, user_id)
        await tx.run(_POSTS, user_id, since, until)


async def _explain_all(conn: Conn, user_id: UserId) -> dict[str, Plan]:
    plans: dict[str, Plan] = {}
    # As far as there are rows in the small database.
    far = min(MAX_ROWS_BY_NUMBER, _ROWS_AT_FIRST) // 2

    async def look(name: str, function: Any, *args: Any, **named: Any) -> None:
        catcher = Catcher()
        await function(catcher, *args, **named)
        plans[name] = await explain(conn, catcher.sql, *catcher.args)

    await look("tracks", tracks.list_tracks, TrackQuery(), None)
    await look("tracks of a member", tracks.list_tracks, TrackQuery(owner_id=user_id), None)
    await look("liked tracks", tracks.list_tracks, TrackQuery(liked_by=user_id), user_id)
    await look("tracks of followed members", tracks.list_followed, TrackQuery(), user_id)
    await look("a numbered page", numbered_pages.list_tracks, TrackQuery(offset=far), None)
    for sort in ProductSort:
        await look(f"products by {sort}", listings.list_products, ProductQuery(sort=sort))
    presets = ProductQuery(type=ProductType.PRESET)
    await look("products of a type", listings.list_products, presets)
    await look("a far page of products", listings.list_products, ProductQuery(offset=far))
    await look("notifications", views.find_batch, user_id, 20, None)
    await look("unread notifications", views.find_unread, user_id, most=1000)
    newest = PostQuery(20, None, order=PostOrder.NEWEST)
    await look("posts", lists.list_posts, newest, None)
    await look("posts of a member", lists.list_posts_of, user_id, newest, None)
    return plans


@pytest.mark.long
async def test_frequent_lists_read_the_same_of_ten_times_the_data(services):
    async with migrated(services) as urls, db.connect(urls.app_url) as database:
        async with database.transaction() as tx:
            member, _ = await make.member_in(tx, Role.CREATOR)
            await tx.run(_OTHERS)
            await tx.run(_FOLLOWS, member.id)
        plans: list[dict[str, Plan]] = []
        for since, until in ((0, _ROWS_AT_FIRST), (_ROWS_AT_FIRST, _ROWS_AT_FIRST * _TIMES)):
            await _grow(database, member.id, since, until)
            await execute(urls.owner_url, "vacuum analyze")
            async with database.transaction() as tx:
                # A table of few pages would be read whole, whatever indexes it has.
                off = "on" if since else "off"
                await tx.value(str, f"set local enable_seqscan = {off}")
                plans.append(await _explain_all(tx, member.id))

    before, after = plans
    for name, plan in after.items():
        assert not plan.read_whole() & _TABLES, (name, plan)
        # Names and pictures are in `users`, which lists join for suspensions.
        assert "profiles" not in plan.tables, (name, plan)
        assert plan.buffers <= before[name].buffers * _MOST_MORE + 20, (name, before[name], plan)
