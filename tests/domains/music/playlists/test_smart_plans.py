"""Query plans of smart playlists among many tracks."""

from collections.abc import AsyncIterator

import pytest

from tests import make
from tests.architecture.source import ensure_none
from tests.infra.databases import migrated
from tests.plans import Plan, explain
from veza.app.services import Services
from veza.core.access import Member
from veza.domains.music.playlists.models.smart_rules import SmartQuery, SmartRules, SmartSort
from veza.domains.music.playlists.queries import smart_tracks
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Database

pytestmark = pytest.mark.long

TRACKS = 40_000
FILL = f"""
    insert into tracks (id, owner_id, title, genre, visibility, status, duration_ms, format,
                        plays_count, likes_count, created_at)
         select gen_random_uuid(), $1, 'Smart plan ' || n, 'smart plan ' || n % 200, 'public',
                'ready', 1000 + n % 1000, 'flac', n % 1000, n % 100, now() - n * interval '1 minute'
           from generate_series(1, {TRACKS:d}) n
"""
MARK = """
    with marked as (select id from tracks where owner_id = $2 order by id limit 40),
    rated as (
        insert into track_ratings (user_id, track_id, rating) select $1, id, 5 from marked
    ), played as (
        insert into track_history (user_id, track_id) select $1, id from marked
    ), tagged as (
        insert into track_tags (track_id, key, spelling)
             select id, 'smartplantag', 'smartplantag' from marked
    )
    insert into track_likes (user_id, track_id) select $1, id from marked
"""


@pytest.fixture(scope="module")
async def library(services: Services) -> AsyncIterator[Database]:
    """A database of its own: members and tracks of other tests would change the plans."""
    async with migrated(services) as urls, db.connect(urls.owner_url) as database:
        yield database


@pytest.fixture(scope="module")
async def listener(library: Database) -> Member:
    """Return a member who likes, rated and played 40 of very many tracks."""
    async with library.transaction() as tx:
        artist, _ = await make.member_in(tx)
        listener, _ = await make.member_in(tx)
        await tx.run(FILL, artist.id)
        await tx.run(MARK, listener.id, artist.id)
    async with library.read() as conn:
        await conn._raw.execute("vacuum analyze")
    return listener


class Explained:
    """A connection that returns how a statement was run."""

    def __init__(self, conn: db.Conn) -> None:
        self._conn = conn
        self.plan: Plan | None = None

    async def all(self, _kind, sql, *args):
        self.plan = await explain(self._conn, sql, *args)
        return []


RULES = [
    SmartRules(),
    SmartRules(liked=True),
    SmartRules(liked=True, sort=SmartSort.PLAYS_COUNT),
    SmartRules(min_rating=4, sort=SmartSort.TITLE),
    SmartRules(played=True, sort=SmartSort.SHUFFLE),
    SmartRules(played=False, liked=False, sort=SmartSort.LIKES_COUNT),
    SmartRules(tags=["Smart Plan-Tag"]),
    SmartRules(genres=["smart plan 7"], sort=SmartSort.SHUFFLE),
    SmartRules(sort=SmartSort.SHUFFLE),
    SmartRules(added_within_days=1, sort=SmartSort.SHUFFLE),
    *[SmartRules(sort=sort, limit=500) for sort in SmartSort],
]


async def test_a_smart_playlist_reads_what_it_lists_and_little_more(library, listener):
    faults: list[str] = []
    for rules in RULES:
        query = SmartQuery(listener.id, listener.id, rules.limit)
        async with library.read() as conn:
            explained = Explained(conn)
            await smart_tracks.list_smart_tracks(explained, rules, query)
        plan = explained.plan
        assert plan is not None
        is_short = "tracks" not in plan.read_whole() and plan.buffers <= 8_000
        # A shuffle sorts its 5,000 tracks twice: by time and by hash.
        sorts_little = max(plan.sorted_rows(), default=0) <= smart_tracks.MAX_SHUFFLED
        if not (is_short and sorts_little):
            faults.append(f"{rules}: {plan}")
    ensure_none(faults)
