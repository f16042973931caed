"""A page costs the same in a conversation of twenty thousand messages."""

import asyncio
import re

import pytest

from tests.make import NO_LINKS
from veza.domains.chat.messages.models.events import SeqRange
from veza.domains.chat.messages.models.lists import HistoryCursor, HistoryDirection, MessageSearch
from veza.domains.chat.messages.models.messages import MessageReader
from veza.domains.chat.messages.service import history
from veza.domains.chat.messages.service import search as message_search

pytestmark = pytest.mark.long

_MANY = """
    insert into messages (id, conversation_id, seq, number, sender_id, content, words)
    select gen_random_uuid(), $1, n, n, $2, 'said ' || n,
           array_to_tsvector(array['said', n::text, 'c:' || replace($1::uuid::text, '-', '')])
      from generate_series(1, 20000) n
"""
_LOG = """
    insert into conversation_events (conversation_id, seq, type, message_id)
    select conversation_id, seq, 'message', id from messages where conversation_id = $1
"""
_COUNTED = "update conversations set last_seq = 20000, last_number = 20000 where id = $1"


@pytest.fixture
async def long_talk(owner_tx, room, ann):
    """A transaction in which a room has twenty thousand messages, all of them Ann's."""
    await owner_tx.run(_MANY, room, ann.id)
    await owner_tx.run(_LOG, room)
    await owner_tx.run(_COUNTED, room)
    await owner_tx._raw.execute("analyze messages, conversation_events")
    return room


def ensure_cheap(plan):
    buffers = re.search(r"Buffers: shared hit=(\d+)( read=(\d+))?", plan)
    assert buffers, plan
    assert int(buffers[1]) + int(buffers[3] or 0) < 700, plan
    assert "Seq Scan on messages" not in plan
    assert "Seq Scan on conversation_events" not in plan


@pytest.mark.parametrize(
    "place",
    [
        None,
        HistoryCursor(10_000, HistoryDirection.OLDER),
        HistoryCursor(10_000, HistoryDirection.NEWER),
        HistoryCursor(50, HistoryDirection.OLDER),
    ],
    ids=str,
)
async def test_history_costs_its_page(owner_tx, long_talk, ben, place):
    ensure_cheap(await plan_of_history(owner_tx, long_talk, ben, place))


async def test_history_of_a_late_member_costs_its_page(owner_tx, long_talk, ben):
    late = "update conversation_members set joined_seq = 19990 where user_id = $1"
    await owner_tx.run(late, ben.id)

    ensure_cheap(await plan_of_history(owner_tx, long_talk, ben, None))
    ensure_cheap(await plan_of_events(owner_tx, long_talk, ben, 0))


@pytest.mark.parametrize("since", [0, 10_000, 19_990])
async def test_listing_events_costs_its_page(owner_tx, long_talk, ben, since):
    ensure_cheap(await plan_of_events(owner_tx, long_talk, ben, since))


@pytest.mark.parametrize("is_everywhere", [False, True])
async def test_a_search_reads_what_it_finds(owner_tx, long_talk, ben, is_everywhere):
    search = MessageSearch("said 17777", None if is_everywhere else long_talk)
    reader = MessageReader(ben.id, NO_LINKS)
    plan = await heard(owner_tx, message_search.search_messages(owner_tx, reader, search), "@@")

    ensure_cheap(plan)
    assert "messages_words" in plan


async def heard(owner_tx, work, word):
    """Hear the one statement with a word in it, and its values, in the test's own transaction."""
    statements = []

    def list_events(query):
        if word in query.query:
            statements.append((query.query, query.args))

    owner_tx._raw.add_query_logger(list_events)
    await work
    # The driver tells of a statement a moment after its answer.
    await asyncio.sleep(0)
    owner_tx._raw.remove_query_logger(list_events)
    ((sql, values),) = statements
    rows = await owner_tx._raw.fetch(f"explain (analyze, buffers, costs off) {sql}", *values)
    return "\n".join(row[0] for row in rows)


async def plan_of_history(owner_tx, where, who, place):
    work = history.list_history(
        owner_tx, MessageReader(who.id, NO_LINKS), where, cursor=place, limit=20
    )
    return await heard(owner_tx, work, "joined_seq = ")


async def plan_of_events(owner_tx, where, who, since):
    work = history.list_member_events(
        owner_tx, MessageReader(who.id, NO_LINKS), where, SeqRange(since), limit=20
    )
    return await heard(owner_tx, work, "conversation_events")
