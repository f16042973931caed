"""The plans of searches among many tracks and products: no table is read as a whole."""

from typing import Any
from uuid import UUID

import pytest

from tests.infra.databases import migrated
from tests.plans import Plan, explain, explain_planned_once
from veza.core.ids import LOWEST_ID, UserId
from veza.core.search_query import make_query
from veza.core.search_text import parse_search
from veza.domains.marketplace.products import rules
from veza.domains.marketplace.products.models.forms import ProductType
from veza.domains.marketplace.products.models.lists import ProductQuery, ProductSort
from veza.domains.marketplace.products.queries import search as product_search
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.queries import search as track_search
from veza.infra.postgres import database as db
from veza.infra.postgres import search_index, word_counts
from veza.infra.postgres.search_index import SearchIndex

WORDS = 4_000
# The same for any number of tracks. In another order than the best first, the product and the
# seller of each candidate of two tiers are read: seven pages, through indexes of three levels.
MAX_BUFFERS = 5_000
MAX_BUFFERS_SORTED = 2 * search_index.MAX_CANDIDATES * 7

# Word n of a title is drawn as in a natural language: the second half as often as the first.
_WORD = f"""
    array(select 'w' || translate(to_hex(
                     floor(exp(ln({WORDS}) * (hashint8(n * 7919 + k * 104729)::bigint
                                              & 2147483647) / 2147483648.0))::integer),
                 '0123456789', 'ghijklmnop') || 'zig'
            from generate_series(1, 2 + (n % 4)) as k)
"""

_MEMBERS = """
    insert into users (id, username, email, password_hash, role)
    select gen_random_uuid(), 'crowd' || n, 'crowd' || n || '@example.com', '!', 'creator'
      from generate_series(1, 200) as n
"""
_TRACKS = f"""
    with artists as (
        select row_number() over (order by id) - 1 as n, id, username
          from users where username like 'crowd%'
    ), made as (
        select gen_random_uuid() as id, n, n % 1000 as plays,
               array_to_string({_WORD}, ' ') as title
          from generate_series($1::integer + 1, $2::integer) as n
    ), stored as (
        insert into tracks (id, owner_id, title, visibility, status, duration_ms, format,
                            plays_count)
        select made.id, artists.id, title, 'public', 'ready', 1000, 'flac', plays
          from made join artists on artists.n = made.n % 200
    )
    insert into track_search (id, popularity, is_hot, title_key, words)
    select made.id, ln(1 + plays), made.n <= 20000, title,
           setweight(to_tsvector('simple', title), 'A')
           || setweight(to_tsvector('simple', username), 'B')
      from made join artists on artists.n = made.n % 200
"""
_PRODUCTS = f"""
    with sellers as (
        select row_number() over (order by id) - 1 as place, id
          from users where username like 'crowd%'
    ), made as (
        select gen_random_uuid() as id, n, array_to_string({_WORD}, ' ') as title,
               sellers.id as seller_id, case when n % 50 = 0 then 'preset' else 'album' end as type
          from generate_series($1::integer + 1, $2::integer) as n
          join sellers on sellers.place = n % 200
    ), stored as (
        insert into products (id, seller_id, title, type, price_cents, currency, status,
                              published_at)
        select id, seller_id, title, type, 100, 'EUR', 'published', now() from made
    )
    insert into product_search (id, popularity, is_hot, title_key, words)
    select id, 0, n <= 20000, title,
           to_tsvector('simple', title)
           || array_to_tsvector(array['type:' || type, 'seller:' || seller_id::text])
      from made
"""


class PlanCollector:
    """Explains each statement, and remembers the plans, also those for all values."""

    def __init__(self, conn) -> None:
        self.conn = conn
        self.plans: list[Plan] = []
        self.planned_once: list[Plan] = []

    async def all(self, kind, sql, *args):
        self.plans.append(await explain(self.conn, sql, *args))
        self.planned_once.append(await explain_planned_once(self.conn, sql, *args))
        return await self.conn.all(kind, sql, *args)

    async def value(self, kind, sql, *args):
        self.plans.append(await explain(self.conn, sql, *args))
        return await self.conn.value(kind, sql, *args)


def ensure_bounded(typed: object, plans: list[Plan], buffers: int = MAX_BUFFERS) -> None:
    for plan in plans:
        large = {"tracks", "track_search", "products", "product_search", "search_words"}
        # A tier that is not needed is planned, but not executed.
        read = {n["Relation Name"] for n in plan.nodes if _is_scanned(n)}
        assert not read & large, (typed, plan)
        assert max(plan.sorted_rows(), default=0) <= 2 * search_index.MAX_CANDIDATES + 20
    assert sum(plan.buffers for plan in plans) < buffers, (typed, plans)


def _is_scanned(node: dict[str, Any]) -> bool:
    return node["Node Type"] == "Seq Scan" and node["Actual Loops"] > 0


async def list_typed(tx) -> dict[str, str]:
    """Return a search of each kind."""
    sql = "select title from tracks where title like '% % % %' order by title limit 1 offset 50"
    words = (await tx.value(str, sql) or "").split()
    sql = """
        select word from search_words
         where kind = 'track' and length(word) > 4 and word ~ '^w' order by uses desc limit 8
    """
    common = await tx.column(str, sql)
    first = words[0]
    return {
        "common word": common[0],
        "two common words": " ".join(common[:2]),
        "eight common words": " ".join(common),
        "rare word": first,
        "two words of a title": " ".join(words[1:3]),
        "whole title": " ".join(words),
        "one letter": "w",
        "two letters": "wg",
        "prefix": first[:4],
        "word and letter": f"{first} w",
        "common word and letter": f"{common[0]} w",
        "typing error": f"{first[:-2]}x{first[-1]}",
        "typing error in a long word": "crowdd11",
        "artist": "crowd7",
        "artist and title": f"crowd7 {common[0]}",
        "200 characters": " ".join(common * 9)[:200],
        "one long word": "a" * 200,
        "unknown": "qqqqqqqqqqqq",
    }


async def count_words(tx, index: SearchIndex) -> None:
    item_id: UUID | None = LOWEST_ID
    while item_id is not None:
        item_id = await word_counts.add_missing_words(tx, index, item_id)
    word: str | None = ""
    while word is not None:
        word = await word_counts.recount_words(tx, index, word)


async def fill(tx, tracks: int) -> None:
    await tx.run(_MEMBERS)
    for start in range(0, tracks, 10_000):
        assert await tx.run(_TRACKS, start, start + 10_000) == 10_000
        assert await tx.run(_PRODUCTS, start, start + 10_000) == 10_000
    for index in (track_search.TRACKS, product_search.PRODUCTS):
        await count_words(tx, index)
    analyzed = "tracks, track_search, products, product_search, search_words, users"
    await tx.value(str, f"analyze {analyzed}")


@pytest.fixture
async def empty_tx(services):
    """Open a transaction in a database of its own: members and words of other tests cost pages."""
    async with (
        migrated(services) as urls,
        db.connect(urls.owner_url, max_size=1) as database,
        database.transaction() as tx,
    ):
        yield tx


@pytest.mark.long
@pytest.mark.parametrize("tracks", [20_000, 50_000])
async def test_a_search_reads_a_bounded_part_of_the_tables(empty_tx, tracks):
    await fill(empty_tx, tracks)
    seller_id = await empty_tx.value(UserId, "select id from users where username = 'crowd7'")
    for typed in (await list_typed(empty_tx)).items():
        collector = PlanCollector(empty_tx)
        await find_tracks(collector, typed[1])
        ensure_bounded(typed, collector.plans)
        ensure_bounded(typed, collector.planned_once)
        await ensure_same(empty_tx, typed[1])
        for narrowed in ({}, {"type": ProductType.PRESET}, {"seller_id": seller_id}):
            for sort, most in ((None, MAX_BUFFERS), (ProductSort.PRICE_ASC, MAX_BUFFERS_SORTED)):
                collector = PlanCollector(empty_tx)
                await find_products(collector, ProductQuery(search=typed[1], sort=sort, **narrowed))
                ensure_bounded((typed, narrowed, sort), collector.plans, most)


async def find_tracks(conn: Any, typed: str, limit: int = 20) -> list[UUID]:
    search = parse_search(typed)
    spellings = await search_index.list_spellings(conn, [track_search.TRACKS], search)
    query = make_query(search, spellings["track"])
    if query is None:
        return []
    found = await track_search.search_tracks(conn, query, TrackQuery(limit), viewer_id=None)
    return [track.id for track in found]


async def ensure_same(tx, typed: str) -> None:
    """See that the plan for all values finds the same hundred tracks in the same order."""
    found = []
    for mode in ("force_custom_plan", "force_generic_plan", "auto"):
        await tx.value(str, "select set_config('plan_cache_mode', $1, true)", mode)
        found.append(await find_tracks(tx, typed, 100))
    assert found[0] == found[1], typed


async def find_products(collector: PlanCollector, query: ProductQuery) -> None:
    search = parse_search(query.search)
    spellings = await search_index.list_spellings(collector, [product_search.PRODUCTS], search)
    filters = rules.filters_of(query.type, query.seller_id)
    wanted = make_query(search, spellings["product"], filters)
    if wanted is not None:
        await product_search.search_products(collector, wanted, query, None)
