"""A page of followers costs the same however many there are."""

import pytest

from tests.domains.relationships.service_steps import CROWD
from tests.plans import explain
from tests.raw import hearing
from veza.infra.postgres import database as db

pytestmark = pytest.mark.long

SIZE = 20_000


@pytest.fixture
async def idol(services, ann):
    async with services.database.transaction() as tx:
        await tx.run(CROWD.format(table="blocks"), ann.id, SIZE)
        await tx.run(
            """
            with moved as (delete from blocks where blocker_id = $1 returning blocked_id)
            insert into follows (follower_id, followed_id, followed_at)
                 select blocked_id, $1, now() - random() * interval '1 year' from moved
            """,
            ann.id,
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
            ann.id,
        )
    async with db.connect(services.addresses.migration) as owning, owning.transaction() as tx:
        await tx._raw.execute("analyze users, follows, blocks")
    yield ann
    async with services.database.transaction() as tx:
        sql = """
            delete from users where id in (select follower_id from follows where followed_id = $1)
        """
        # Every table that refers to members is looked at for each: it may take a while.
        await tx._raw.execute("set local statement_timeout = 0")
        await tx._raw.execute(sql, ann.id)


async def test_a_page_of_followers_touches_a_few_pages(client, services, idol, bob):
    path = f"users/{idol.username}/followers"
    first = await client.get(path, headers=bob.headers)
    async with hearing(services, "from follows r") as statements:
        cursor = first.json()["data"]["next_cursor"]
        answer = await client.get(f"{path}?cursor={cursor}", headers=bob.headers)
    assert len(answer.json()["data"]["users"]) == 20

    ((sql, values),) = statements
    async with services.database.read() as conn:
        plan = await explain(conn, sql, *values)
    assert not plan.kinds & {"Seq Scan", "Sort"}, plan
    assert plan.buffers <= 500, plan
