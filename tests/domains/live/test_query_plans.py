"""Lists and hooks use indexes, however many streams there are."""

from datetime import timedelta

import pytest

from tests.plans import Catcher, explain
from veza.core.clock import now
from veza.core.ids import LOWEST_ID, UserId, new_id
from veza.domains.live.models.plans import UpcomingQuery
from veza.domains.live.models.stored_streams import StoredStream, StreamQuery
from veza.domains.live.queries import calendars, plans, reminders, stored_streams, stream_lists

pytestmark = pytest.mark.long


@pytest.fixture
async def many(owner_tx):
    """20,000 broadcasts of as many members, five of them live; the planner knows of them."""
    await owner_tx.run(
        """
        insert into users (id, username, email, password_hash)
        select gen_random_uuid(), 'plan' || n, 'plan' || n || '@example.com', 'x'
          from generate_series(1, 20000) n
        """
    )
    await owner_tx.run(
        """
        insert into streams (id, owner_id, title, category_key, tag_keys, status, is_live,
                             client_ref, seen_at, is_announced, listed_at, started_at, ended_at)
        select gen_random_uuid(), id, username, 'c' || n % 50, array['t' || n % 50],
               case when n % 4000 = 0 then 'live' else 'ended' end, n % 4000 = 0,
               case when n % 4000 = 0 then '1' end, now(), true, now() - n * interval '1 minute',
               now(), case when n % 4000 <> 0 then now() end
          from (select id, username, row_number() over () as n
                  from users where username like 'plan%') u
        """
    )
    await owner_tx._raw.execute("analyze streams")
    await owner_tx._raw.execute("analyze users")
    return owner_tx


@pytest.mark.parametrize(
    "wish",
    [
        StreamQuery(),
        StreamQuery(is_live=True),
        StreamQuery(is_live=False),
        StreamQuery(category_key="c7"),
        StreamQuery(tag_key="t7"),
        StreamQuery(is_live=True, category_key="c0"),
        StreamQuery(viewer_id=UserId(LOWEST_ID)),
        StreamQuery(viewer_id=UserId(LOWEST_ID), is_live=True),
    ],
    ids=str,
)
async def test_no_page_reads_or_sorts_all_streams(many, wish):
    catcher = Catcher()
    await stream_lists.list_streams(catcher, wish)
    plan = await explain(many, catcher.sql, *catcher.args)
    assert "streams" not in plan.read_whole(), plan
    assert max(plan.sorted_rows(), default=0) <= 1000, plan


@pytest.mark.parametrize("viewer_id", [None, UserId(LOWEST_ID)])
async def test_streams_for_others_are_passed_by(many, viewer_id):
    sql = "update streams set audience = 'named' where not is_live"
    await many.run(sql)
    await many._raw.execute("analyze streams")
    catcher = Catcher()
    await stream_lists.list_streams(catcher, StreamQuery(viewer_id=viewer_id))
    plan = await explain(many, catcher.sql, *catcher.args)
    assert "streams" not in plan.read_whole(), plan
    assert max(plan.sorted_rows(), default=0) <= 1000, plan
    # What is shown is read, and what is looked at, and no more.
    found = await many.all(StoredStream, catcher.sql, *catcher.args)
    assert len(found) >= 5
    assert _rows_read(plan) <= 1100, plan


def _rows_read(plan) -> int:
    """Return how many rows of streams a plan read, also those that it left out."""
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in plan.nodes
        if node.get("Relation Name") == "streams"
    )


async def test_expiry_reads_live_streams_only(many):
    catcher = Catcher()
    await stored_streams.lock_overdue(catcher, now(), now())
    plan = await explain(many, catcher.sql, *catcher.args)
    assert "streams" not in plan.read_whole(), plan


async def test_hooks_use_indexes(many):
    catcher = Catcher()
    catcher.maybe = catcher.all
    await stored_streams.lock_current(catcher, UserId(new_id()), now())
    plan = await explain(many, catcher.sql, *catcher.args)
    assert "streams" not in plan.read_whole(), plan


@pytest.fixture
async def planned(many):
    """20,000 planned streams more, one of them due; one has 20,000 reminders, as has a member."""
    await many.run(
        """
        insert into streams (id, owner_id, title, is_announced, starts_at)
        select gen_random_uuid(), id, username, true, now() + n * interval '15 minutes'
          from (select id, username, row_number() over () as n
                  from users where username like 'plan%') u
        """
    )
    await many.run(
        """
        insert into stream_reminders (stream_id, user_id)
        select s.id, u.id from users u,
               (select id from streams where starts_at is not null order by starts_at limit 1) s
         where u.username like 'plan%'
        """
    )
    await many._raw.execute("analyze streams")
    await many._raw.execute("analyze stream_reminders")
    return many


async def test_plans_are_read_by_their_dates(planned):
    nobody, moment = UserId(new_id()), now()
    catcher = Catcher()
    catcher.maybe = catcher.all
    asked = {
        "upcoming": stream_lists.list_upcoming(catcher, UpcomingQuery()),
        "of a member": stream_lists.list_upcoming(catcher, UpcomingQuery(viewer_id=nobody)),
        "of a profile": stream_lists.list_upcoming(catcher, UpcomingQuery(owner_id=nobody)),
        "due": plans.list_due(catcher, moment, moment + timedelta(minutes=10)),
        "missed": plans.lock_missed(catcher, moment, at_once=100),
        "public": calendars.list_public(catcher, nobody, moment, limit=200),
        "member": calendars.list_of_member(catcher, nobody, moment, limit=200),
        "unreminded": reminders.lock_unreminded(catcher, new_id(), at_once=200),
        "reminders": reminders.lock_reminders(catcher, new_id(), at_once=200),
        "own": reminders.count_reminders(catcher, nobody),
    }
    found = {}
    for name, asking in asked.items():
        await asking
        plan = await explain(planned, catcher.sql, *catcher.args)
        whole = {"streams", "stream_reminders"} & set(plan.read_whole())
        if whole or max(plan.sorted_rows(), default=0) > 1000:
            found[name] = str(plan)
    assert found == {}


async def test_of_planned_streams_for_others_the_next_500_are_looked_at(planned):
    await planned.run("update streams set audience = 'named' where starts_at is not null")
    await planned._raw.execute("analyze streams")
    catcher = Catcher()
    await stream_lists.list_upcoming(catcher, UpcomingQuery(viewer_id=UserId(new_id())))
    plan = await explain(planned, catcher.sql, *catcher.args)
    looked_at = [node["Actual Rows"] for node in plan.nodes if node["Node Type"] == "Limit"]
    assert max(looked_at) == 500, plan
