"""Messages as single statements do what the same messages in a transaction do."""

from contextlib import suppress

import pytest

from tests import make
from tests.audited import events_of, tagged
from tests.domains.chat.messages.send_steps import ensure_no_gap
from tests.make import NO_LINKS
from tests.raw import hearing
from veza.core.errors import VezaError
from veza.domains.chat.messages.models.messages import MessageForm
from veza.domains.chat.messages.service import sent_messages

EVENTS = """
    select count(*)
      from outbox
     where name = 'MessageSent' and payload->>'conversation_id' = $1::uuid::text
"""


class _Undone(Exception):
    pass


async def in_transaction(services, sender, where, form):
    with suppress(_Undone):
        async with services.database.transaction() as tx:
            outcome = await outcome_of(
                sent_messages.send(tx, sender.member, where, form, urls=NO_LINKS)
            )
            raise _Undone
    return outcome


async def outcome_of(sending):
    try:
        sent = await sending
    except VezaError as error:
        return type(error)
    shown = sent.message
    return shown.seq, shown.number, shown.cursor, shown.sender, shown.content, sent.is_new


async def change(services, sql, *values):
    async with services.database.transaction() as tx:
        await tx.run(sql, *values)


async def make_state(services, state, where, ann, ben):
    block = "insert into blocks (blocker_id, blocked_id) values ($1, $2)"
    match state:
        case "blocking":
            await change(services, block, ann.id, ben.id)
        case "blocked":
            await change(services, block, ben.id, ann.id)
        case "other suspended":
            await make.suspended(services, ben)
        case "not a member":
            sql = "delete from conversation_members where conversation_id = $1 and user_id = $2"
            await change(services, sql, where, ann.id)
        case "ended":
            sql = "update conversations set ended_at = now() where id = $1"
            await change(services, sql, where)
        case "slow":
            sql = "update conversations set slow_mode_seconds = 60 where id = $1"
            await change(services, f"{sql} and type <> 'direct'", where)
        case _:
            pass


STATES = ["", "blocking", "blocked", "other suspended", "not a member", "ended", "slow"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", ["direct", "group", "room"])
async def test_both_ways_have_the_same_outcome(services, ann, ben, count, kind, state):
    where = await make.conversation(services, kind, ann, ben)
    await make_state(services, state, where, ann, ben)

    for content in ("Hello", f"Hello @{ben.username}", " ", "Hello again"):
        form = MessageForm(content)
        expected = await in_transaction(services, ann, where, form)
        sending = sent_messages.send_at_once(
            services.database, ann.member, where, form, urls=NO_LINKS
        )
        assert await outcome_of(sending) == expected

    messages = await count("select count(*) from messages where conversation_id = $1", where)
    assert await count(EVENTS, where) == (messages if kind != "room" else min(messages, 1))
    if state != "ended":
        await ensure_no_gap(services, where, messages)


async def test_a_message_and_its_event_and_record_are_one_statement(client, services, ann, ben):
    where = await make.conversation(services, "direct", ann, ben)
    path = f"conversations/{where}/messages"

    async def post():
        headers = ann.headers | tagged()
        body = {"content": "Hello", "client_id": "only one"}
        return await client.post(path, headers=headers, json=body)

    # The first change of a member makes their row in the audit log.
    await client.post(path, headers=ann.headers, json={"content": "First"})
    async with hearing(services, "messages") as statements:
        sent = await post()
    again = await post()

    assert (len(statements), sent.status_code, again.status_code) == (1, 201, 200)
    assert again.json()["data"] == sent.json()["data"]
    for answer in (sent, again):
        events = await events_of(services, answer)
        assert answer.status_code in [event.status for event in events]
        assert {(event.action, event.user_id) for event in events} == {("send_message", ann.id)}
    await ensure_no_gap(services, where, 2)
