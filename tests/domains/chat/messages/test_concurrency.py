"""Concurrent transactions: no deadlocks, and consistent counters."""

import asyncio
from random import Random

import pytest

from tests import make
from tests.domains.chat.messages.personal_data_steps import erase
from tests.make import NO_LINKS
from veza.core.errors import Conflict, Forbidden, NotFound
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages.models.messages import MessageForm
from veza.domains.chat.messages.service import changed_messages, history, sent_messages

# What the counters say, and what the rows say.
_COUNTS = """
    select array[c.members_count, c.last_number, c.last_seq, (c.ended_at is null)::integer,
                 (select count(*) from conversation_members m where m.conversation_id = c.id),
                 (select count(*) from messages m where m.conversation_id = c.id),
                 (select count(*) from conversation_events e where e.conversation_id = c.id),
                 (select count(*) from conversation_members m
                   where m.conversation_id = c.id and m.role = 'owner')]
      from conversations c
     where c.id = any($1)
"""
_REACTIONS = """
    select count(*)
      from messages m
     where m.conversation_id = any($1)
       and coalesce((select sum((r->>1)::integer) from jsonb_array_elements(m.reactions) r), 0)
           <> (select count(*) from message_reactions r where r.message_id = m.id)
"""


@pytest.mark.parametrize("seed", range(2))
async def test_concurrent_changes_keep_counters_consistent(services, seed):
    people = [await make.person(services) for _ in range(10)]
    places = [await make.conversation(services, kind, *people) for kind in ("room", "group")]

    async def live(n, person):
        chance, said = Random(f"{seed} {n}"), []
        for step in range(12):
            act, place, other = chance.random(), chance.choice(places), chance.choice(people)
            try:
                async with services.database.transaction() as tx:
                    await do(tx, person.member, act, place, other=other.id, said=said, step=step)
            except (NotFound, Forbidden, Conflict):
                # Somebody else was first: what one may do changes all the time.
                continue

    # Two are erased while they live.
    await asyncio.gather(
        *(live(n, person) for n, person in enumerate(people)),
        *(erase(services, person) for person in people[:2]),
    )

    async with services.database.read() as conn:
        rows = await conn.column(list[int], _COUNTS, places)
        assert await conn.value(int, _REACTIONS, places) == 0
    assert len(rows) == len(places)
    for members, number, seq, is_there, *found, owners in rows:
        assert [members, number, seq] == found
        assert owners == is_there == (members > 0)


async def do(tx, member, act, place, *, other, said, step):
    """Do one of the things that can be done, by chance."""
    if act < 0.4:
        form = MessageForm(f"said {step}", client_id=f"{step // 2}")
        sent = await sent_messages.send(tx, member, place, form, urls=NO_LINKS)
        said.append(make.place_of(sent.message))
    elif act < 0.5 and said:
        await changed_messages.react(tx, member, said[-1], "🔥", urls=NO_LINKS)
    elif act < 0.6 and said:
        await changed_messages.delete(tx, member, said[0], urls=NO_LINKS)
    elif act < 0.7:
        await history.mark_read(tx, member, place, None)
    elif act < 0.8:
        await conversations.join(tx, member, place)
    elif act < 0.9:
        await conversations.add_member(tx, member, place, other)
    elif act < 0.95:
        await conversations.remove_member(tx, member, place, other)
    else:
        await conversations.leave(tx, member, place)
