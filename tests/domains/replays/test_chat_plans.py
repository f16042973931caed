"""The chat of a replay: only what was written during its cut is looked up, in any room."""

from datetime import timedelta

import pytest

from tests import make
from tests.plans import Catcher, Plan, explain
from veza.core.clock import now
from veza.core.ids import ConversationId, StreamId, StreamRecordingId
from veza.domains.replays import rules
from veza.domains.replays.models import ChatQuery, RecordingCut, StoredReplay, StoredReplayMessage
from veza.domains.replays.queries import replays

BEGAN = now() - timedelta(hours=2)


@pytest.fixture
async def replay(services, owner) -> StoredReplay:
    """A recording of 20 minutes, with a pause of an hour in its middle, and a message a second."""
    async with services.database.transaction() as tx:
        stream_id = StreamId(await make.stream(tx, owner.member, "Dusk till dub"))
        sql = "select conversation_id from streams where id = $1"
        room = ConversationId(await tx.value(ConversationId, sql, stream_id))
        recording_id = StreamRecordingId(
            await make.stream_recording(tx, owner.member, stream_id, "A night")
        )
        await tx.run("delete from stream_recording_parts where recording_id = $1", recording_id)
        sql = """
            insert into stream_recording_parts (id, recording_id, offset_us, duration_us,
                                                size_bytes, started_at)
            select uuidv7(), $1, n * 20000000::bigint, 20000000, 1,
                   $2::timestamptz + n * interval '20 s'
                   + case when n >= 30 then interval '1 hour' else interval '0' end
              from generate_series(0, 59) n
        """
        await tx.run(sql, recording_id, BEGAN)
        sql = """
            update stream_recordings
               set parts_count = 60, duration_us = 1200000000, started_at = $2,
                   ended_at = $2::timestamptz + interval '80 minutes'
             where id = $1
        """
        await tx.run(sql, recording_id, BEGAN)
        sql = """
            insert into messages (id, conversation_id, seq, number, sender_id, content, created_at)
            select uuidv7(), $1, n, n, $2, 'Second ' || n, $3::timestamptz + n * interval '1 s'
              from generate_series(1, 4800) n
        """
        await tx.run(sql, room, owner.id, BEGAN + rules.VIEWERS_LATER)
        await make.keep_quiet(tx)
    return StoredReplay(
        recording_id, stream_id, room, "A night", 1_200_000_000, 0, None, BEGAN, now(), True
    )


async def read(services, replay, cut: RecordingCut, limit: int = 10_000):
    """Return the messages of a cut, and how the database found them."""
    caught, query = Catcher(), ChatQuery(None, 0, limit)
    await replays.list_messages(caught, replay, cut, query, rules.VIEWERS_LATER)
    async with services.database.read() as conn:
        plan = await explain(conn, caught.sql, *caught.args)
        return await conn.all(StoredReplayMessage, caught.sql, *caught.args), plan


def count_places(plan: Plan) -> int:
    """Return how often the place of a message was looked up."""
    return sum(
        node["Actual Loops"]
        for node in plan.nodes
        if node.get("Relation Name") == "stream_recording_parts"
    )


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "first", "last"),
    [
        (0, 30_000, 1, 29),
        (25_000, 45_000, 25, 44),
        # What was written during the pause is where the second half begins.
        (600_000, 610_000, 600, 600 + 3600 + 9),
        (590_000, 600_000, 590, 599),
        (1_190_000, 1_200_000, 4790, 4799),
    ],
)
async def test_what_was_written_within_a_cut_is_found(
    services, replay, start_ms, end_ms, first, last
):
    found, plan = await read(services, replay, RecordingCut(start_ms, end_ms))
    seconds = [int(each.content.removeprefix("Second ")) for each in found]
    assert (seconds[0], seconds[-1]) == (first, last)
    assert len(seconds) == last - first + 1
    # Besides the two ends; parts may overlap by two seconds.
    assert count_places(plan) <= len(found) + 2 + 3
