"""A page of followers costs the same however many there are."""

from collections.abc import AsyncIterator

import pytest

from tests import make
from tests.domains.relationships.service_steps import CROWD
from tests.infra.databases import migrated
from tests.plans import Catcher, explain
from veza.app.services import Services
from veza.core.ids import UserId
from veza.core.pages import Cursor
from veza.domains.relationships.models import RelatedQuery, RelationKind
from veza.domains.relationships.queries.relations import list_related
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Database

pytestmark = pytest.mark.long

SIZE = 20_000


@pytest.fixture
async def crowded(services: Services) -> AsyncIterator[Database]:
    """A database of its own: to delete the crowd from another takes longer than all else."""
    async with migrated(services) as urls, db.connect(urls.owner_url) as database:
        yield database


@pytest.fixture
async def idol(crowded: Database) -> UserId:
    """Return a member with very many followers, each of whom blocks another."""
    async with crowded.transaction() as tx:
        idol, _ = await make.member_in(tx)
        await tx.run(CROWD.format(table="blocks"), idol.id, SIZE)
        await tx.run(
            """
            with moved as (delete from blocks where blocker_id = $1 returning blocked_id)
            insert into follows (follower_id, followed_id, followed_at)
                 select blocked_id, $1, now() - random() * interval '1 year' from moved
            """,
            idol.id,
        )
        # A table that is nearly empty is rightly looked at whole.
        await tx.run(
            """
            insert into blocks (blocker_id, blocked_id)
            select blocker_id, blocked_id
              from (select follower_id as blocker_id,
                           lead(follower_id) over (order by follower_id) as blocked_id
                      from follows
                     where followed_id = $1) as pairs
             where blocked_id is not null
            """,
            idol.id,
        )
        await tx._raw.execute("analyze users, follows, blocks")
    return idol.id


async def test_a_page_of_followers_touches_a_few_pages(crowded: Database, idol: UserId):
    async with crowded.transaction() as tx:
        bob, _ = await make.member_in(tx)
    async with crowded.read() as conn:
        first = await list_related(conn, idol, RelatedQuery(RelationKind.FOLLOWERS), bob.id)
        last = first[19]
        catcher = Catcher()
        query = RelatedQuery(RelationKind.FOLLOWERS, cursor=Cursor(last.since, last.id))
        await list_related(catcher, idol, query, bob.id)
        assert len(await conn.column(UserId, catcher.sql, *catcher.args)) == 21
        plan = await explain(conn, catcher.sql, *catcher.args)
    assert not plan.kinds & {"Seq Scan", "Sort"}, plan
    assert plan.buffers <= 500, plan
