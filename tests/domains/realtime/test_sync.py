"""Sync: every event once, whatever happens meanwhile."""

import asyncio
from typing import Any

import pytest

from tests import make
from tests.domains.realtime.chat_client import ChatSocket, connected
from veza.app.services import Services
from veza.core.ids import ConversationId
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages.service import changed_messages
from veza.domains.realtime import rules


async def _say(services: Services, sender: make.Person, place: ConversationId, count: int) -> None:
    for number in range(count):
        await make.message(services, sender, place, f"Word {number}")


async def _missed(socket: ChatSocket, **data: Any) -> list[dict[str, Any]]:
    """Ask for what was missed, and give the pages of one answer."""
    number = await socket.send("sync", **data)
    await socket.flush()
    return [frame["data"] for frame in socket.received if frame.get("id") == number]


async def test_sync_sends_pages_and_then_live_events(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    room = await make.conversation(served, "room", ann, ben)
    await _say(served, ann, room, 250)
    async with connected(served, address, ben) as (socket,):
        joined = await socket.ack("join", conversation_id=str(room))
        assert (joined["seq"], joined["number"]) == (250, 250)

        pages = await _missed(socket, conversation_id=str(room), since=20)
        await make.message(served, ann, room, "And now")
        await socket.receive("message", content="And now")

        assert [(page["since"], page["seq"]) for page in pages] == [
            (20, 120),
            (120, 220),
            (220, 250),
        ]
        assert [page["has_more"] for page in pages] == [False, False, False], "It came by itself."
        assert socket.seqs == list(range(21, 252))


async def test_a_quote_is_for_readers_of_what_it_quotes(served: Services, address: str) -> None:
    ann, ben, cleo = [await make.person(served) for _ in range(3)]
    group = await make.conversation(served, "group", ann, ben)
    early = await make.message(served, ann, group, "Before Cleo")
    async with served.database.transaction() as tx:
        await conversations.add_member(tx, ann.member, group, cleo.id)
    async with connected(served, address, ben, cleo) as sockets:
        for socket in sockets:
            await socket.ack("join", conversation_id=str(group))
        answered = {"conversation_id": str(group), "content": "Yes", "reply_to": str(early.id)}
        await sockets[0].ack("message", **answered)
        live = [await socket.receive("message", content="Yes") for socket in sockets]
        for socket in sockets:
            await socket.ack("leave", conversation_id=str(group))
            await socket.ack("join", conversation_id=str(group), since=0)
            await socket.flush()
        pages = [socket.all("history") for socket in sockets]

    quote = live[0]["reply_to"]
    assert (quote["id"], quote["excerpt"]) == (str(early.id), "Before Cleo")
    assert quote["sender"]["username"] == ann.username
    assert live[1]["reply_to"] is None
    assert live[1] | {"reply_to": quote} == live[0]
    shown = [page[-1]["messages"][-1]["reply_to"] for page in pages]
    assert shown == [quote, None]


async def test_join_with_since_also_syncs(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = await make.conversation(served, "room", ann)
    await _say(served, ann, room, 5)
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=str(room), since=2)
        await socket.flush()

        assert socket.seqs == [3, 4, 5]


async def test_sync_accepts_a_message_cursor(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = await make.conversation(served, "room", ann)
    said = [await make.message(served, ann, room, f"Word {n}") for n in range(3)]
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=str(room))
        await _missed(socket, conversation_id=str(room), since=said[0].cursor)
        bad = await socket.error_code("sync", conversation_id=str(room), since="nonsense")

        assert socket.seqs == [2, 3]
        assert bad == "bad_cursor"


async def test_sync_includes_changes(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = await make.conversation(served, "room", ann)
    first, second = [await make.message(served, ann, room, f"Word {n}") for n in range(2)]
    async with served.database.transaction() as tx:
        await changed_messages.edit(
            tx, ann.member, make.place_of(first), "Changed", urls=make.NO_LINKS
        )
        await changed_messages.react(
            tx, ann.member, make.place_of(second), "🔥", urls=make.NO_LINKS
        )
        await changed_messages.delete(tx, ann.member, make.place_of(second), urls=make.NO_LINKS)
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=str(room))
        (page,) = await _missed(socket, conversation_id=str(room), since=1)

        assert [said["seq"] for said in page["messages"]] == [2]
        assert page["messages"][0]["deleted_at"] is not None
        assert [(change["type"], change["data"]["seq"]) for change in page["changes"]] == [
            ("edited", 3),
            ("reaction", 4),
            ("deleted", 5),
        ]
        assert page["changes"][0]["data"]["content"] == "Changed"


async def test_sync_without_events_is_an_empty_page(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = await make.conversation(served, "room", ann)
    await _say(served, ann, room, 2)
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=str(room))
        for since in (2, 5, 2**62):
            (page,) = await _missed(socket, conversation_id=str(room), since=since)
            assert (page["messages"], page["changes"], page["has_more"]) == ([], [], False)
        # A number that lies ahead keeps nothing back that comes then.
        await socket.ack("message", conversation_id=str(room), content="Three")
        await socket.receive("message", seq=3)


async def test_repeated_syncs_send_nothing_twice(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = await make.conversation(served, "room", ann)
    await _say(served, ann, room, 10)
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=str(room))
        await _missed(socket, conversation_id=str(room), since=6)
        await _missed(socket, conversation_id=str(room), since=6)
        await _missed(socket, conversation_id=str(room), since=8)
        assert socket.seqs == [7, 8, 9, 10]

        await _missed(socket, conversation_id=str(room), since=3)
        assert sorted(socket.seqs) == list(range(4, 11))


@pytest.mark.parametrize("how", ["join", "sync"])
async def test_sync_does_not_delay_other_connections(
    served: Services, address: str, how: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    room = await make.conversation(served, "room", ann, ben)
    place = {"conversation_id": str(room)}
    await _say(served, ann, room, 230)
    async with connected(served, address, ann, *[ben] * 4) as (one, *others):
        await one.ack("join", **place)
        for socket in others:
            if how == "join":
                await socket.send("join", **place, since=0)
            else:
                await socket.send("join", **place)
                await socket.send("sync", **place, since=0)
        for number in range(60):
            await one.send("message", **place, content=f"More {number}")

        for socket in others:
            await socket.receive("message", seq=290)
            await socket.flush()
            if how == "join":
                assert socket.seqs == list(range(1, 291)), "Each once, and in order."
            assert sorted(socket.seqs) == list(range(1, 291))


async def test_a_long_history_takes_several_syncs(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = await make.conversation(served, "room", ann)
    many = rules.PAGE_SIZE * rules.MAX_HISTORY_PAGES + 50
    async with served.database.transaction() as tx:
        await tx.run(
            """
            insert into messages (id, conversation_id, seq, number, sender_id, content)
            select uuidv7(), $1, n, n, $2, 'Word' from generate_series(1, $3::integer) n
            """,
            room,
            ann.id,
            many,
        )
        await tx.run(
            """
            insert into conversation_events (conversation_id, seq, type, message_id)
            select conversation_id, seq, 'message', id from messages where conversation_id = $1
            """,
            room,
        )
        await tx.run(
            "update conversations set last_seq = $2, last_number = $2 where id = $1", room, many
        )
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=str(room))
        pages = await _missed(socket, conversation_id=str(room), since=0)
        assert len(pages) == rules.MAX_HISTORY_PAGES
        assert [page["has_more"] for page in pages] == [False] * (rules.MAX_HISTORY_PAGES - 1) + [
            True
        ]

        pages = await _missed(socket, conversation_id=str(room), since=pages[-1]["seq"])
        assert (len(pages), pages[-1]["has_more"]) == (1, False)
        assert socket.seqs == list(range(1, many + 1))


async def test_sync_includes_all_read_marks(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = await make.conversation(served, "direct", ann, ben)
    await _say(served, ann, place, 3)
    async with served.database.transaction() as tx:
        await conversations.mark_read(tx, ben.id, place, 2)
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=str(place))
        (page,) = await _missed(socket, conversation_id=str(place), since=0)

        assert page["read_marks"] == [
            {"conversation_id": str(place), "user_id": str(ben.id), "number": 2}
        ]


async def test_read_marks_are_on_the_last_page_only(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = await make.conversation(served, "direct", ann, ben)
    await _say(served, ann, place, rules.PAGE_SIZE + 20)
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=str(place))
        pages = await _missed(socket, conversation_id=str(place), since=0)
        assert [len(page["read_marks"]) for page in pages] == [0, 1]

        # What comes by itself is no part of it, and there is more of that than fits a page.
        await _say(served, ann, place, rules.PAGE_SIZE + 20)
        await socket.receive("message", seq=2 * rules.PAGE_SIZE + 40)
        (page,) = await _missed(socket, conversation_id=str(place), since=rules.PAGE_SIZE + 10)
        assert (page["has_more"], len(page["read_marks"])) == (False, 1)


async def test_many_join_one_room_at_once(served: Services, address: str) -> None:
    maker = await make.person(served)
    room = str(await make.conversation(served, "room", maker))
    people = [await make.person(served) for _ in range(20)]
    async with connected(served, address, *people) as sockets:
        await asyncio.gather(*(socket.ack("join", conversation_id=room) for socket in sockets))
        await sockets[0].ack("message", conversation_id=room, content="All here")

        for socket in sockets:
            await socket.receive("message", content="All here")
