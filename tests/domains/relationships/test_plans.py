"""A page of followers costs the same however many there are."""

from collections.abc import AsyncIterator

import pytest

from tests import make
from tests.domains.relationships.service_steps import CROWD
from tests.infra.databases import Large, large
from tests.plans import Catcher, explain
from veza.app.services import Services
from veza.core.ids import UserId
from veza.core.pages import Cursor
from veza.domains.relationships.models import RelatedQuery, RelationKind
from veza.domains.relationships.queries.relations import list_related

pytestmark = pytest.mark.long

SIZE = 20_000


# Each follower blocks another: a table that is nearly empty is rightly looked at whole.
_FOLLOWS = """
    with moved as (delete from blocks where blocker_id = $1 returning blocked_id)
    insert into follows (follower_id, followed_id, followed_at)
         select blocked_id, $1, now() - random() * interval '1 year' from moved
"""
_BLOCKS = """
    insert into blocks (blocker_id, blocked_id)
    select blocker_id, blocked_id
      from (select follower_id as blocker_id,
                   lead(follower_id) over (order by follower_id) as blocked_id
              from follows
             where followed_id = $1) as pairs
     where blocked_id is not null
"""


@pytest.fixture
async def crowded(services: Services) -> AsyncIterator[Large]:
    async with large(services) as made:
        yield made


@pytest.fixture
async def idol(crowded: Large) -> UserId:
    """Return a member with very many followers."""
    async with crowded.services.database.transaction() as tx:
        idol, _ = await make.member_in(tx)
    await crowded.fill(CROWD.format(table="blocks"), idol.id, SIZE)
    await crowded.fill(_FOLLOWS, idol.id)
    await crowded.fill(_BLOCKS, idol.id)
    await crowded.fill("analyze users, follows, blocks")
    return idol.id


async def test_a_page_of_followers_touches_a_few_pages(crowded: Large, idol: UserId) -> None:
    database = crowded.services.database
    async with database.transaction() as tx:
        bob, _ = await make.member_in(tx)
    async with database.read() as conn:
        first = await list_related(conn, idol, RelatedQuery(RelationKind.FOLLOWERS), bob.id)
        last = first[19]
        catcher = Catcher()
        query = RelatedQuery(RelationKind.FOLLOWERS, cursor=Cursor(last.since, last.id))
        await list_related(catcher, idol, query, bob.id)
        assert len(await conn.column(UserId, catcher.sql, *catcher.args)) == 21
        plan = await explain(conn, catcher.sql, *catcher.args)
    assert not plan.kinds & {"Seq Scan", "Sort"}, plan
    assert plan.buffers <= 500, plan
