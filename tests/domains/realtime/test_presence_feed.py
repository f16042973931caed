"""Presence, typing and read marks of subscribers."""

import pytest

from tests import make
from tests.domains.realtime.chat_client import ChatSocket, connected
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.ids import new_id
from veza.domains.chat.conversations.service import conversations
from veza.domains.realtime import rules
from veza.domains.relationships import service as relations


async def test_presence_changes_are_sent(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "direct", ann, ben))
    here = {"conversation_id": place, "status": "online"}
    async with connected(served, address, ann) as (one,):
        await one.ack("join", conversation_id=place)
        async with connected(served, address, ben) as (other,):
            await other.ack("join", conversation_id=place)

            await one.receive("presence", user_id=str(ben.id), **here)
            await other.receive("presence", user_id=str(ann.id), **here)
        await one.receive("presence", user_id=str(ben.id), conversation_id=place, status="offline")
        await one.flush()

        # Of oneself one needn't be told.
        assert {told["user_id"] for told in one.all("presence")} == {str(ben.id)}


@pytest.mark.long
async def test_a_member_is_offline_after_their_last_connection(
    served: Services, address: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = await make.conversation(served, "direct", ann, ben)
    here = {"conversation_id": str(place)}
    async with connected(served, address, ann, ben, ben) as (one, phone, laptop):
        for socket in (one, phone, laptop):
            await socket.ack("join", **here)
        await one.receive("presence", user_id=str(ben.id), status="online")
        await phone.ack("leave", **here)
        # Who is there is told after who has read: a second later it would have been told.
        for number in (1, 2):
            said = await make.message(served, ann, place)
            await laptop.ack("read", **here, message_id=str(said.id))
            await one.receive("read", user_id=str(ben.id), number=number)
        assert [told["status"] for told in one.all("presence")] == ["online"]

        await laptop.ack("leave", **here)
        await one.receive("presence", user_id=str(ben.id), status="offline")


async def test_typing_is_sent_to_others_at_a_limited_rate(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "direct", ann, ben))
    async with connected(served, address, ann, ben) as (one, other):
        for socket in (one, other):
            await socket.ack("join", conversation_id=place)
        for _ in range(5):
            await one.send("typing", conversation_id=place)
        await one.ack("message", conversation_id=place, content="Written")
        await other.receive("message", content="Written")

        assert other.all("typing") == [
            {"conversation_id": place, "user_id": str(ann.id), "expires_in": rules.TYPING_EXPIRES_S}
        ]
        assert one.all("typing") == []
        assert await one.error_code("typing", conversation_id=str(new_id())) == "not_joined"


@pytest.mark.long
async def test_read_marks_are_sent_once_a_second(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = await make.conversation(served, "direct", ann, ben)
    said = [await make.message(served, ann, place, f"Word {n}") for n in range(5)]
    async with connected(served, address, ann, ben) as (one, other):
        for socket in (one, other):
            await socket.ack("join", conversation_id=str(place))
        for message in said[:4]:
            state = await other.ack("read", conversation_id=str(place), message_id=str(message.id))
        assert (state["read_number"], state["unread_count"]) == (4, 1)
        await one.receive("read", user_id=str(ben.id), number=4)

        # Over HTTP it is told as well, whichever process it came to.
        async with served.database.transaction() as tx:
            await conversations.mark_read(tx, ben.id, place, 5)
        await one.receive("read", user_id=str(ben.id), number=5)
        assert other.all("read") == []


async def _meet_elsewhere(services: Services, address: str, *two: ChatSocket) -> None:
    """Have two see a third in another place: by then all else would have been told."""
    third = await make.person(services)
    room = str(await make.conversation(services, "room", third))
    async with connected(services, address, third) as (other,):
        for socket in (*two, other):
            await socket.ack("join", conversation_id=room)
        for socket in two:
            await socket.receive("presence", conversation_id=room, user_id=str(third.id))
            await socket.flush()


async def test_blocked_members_see_no_presence_of_each_other(
    served: Services, address: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = await make.conversation(served, "direct", ann, ben)
    said = await make.message(served, ann, place)
    await make.blocks(served, ann, ben)
    async with connected(served, address, ann, ben) as (one, other):
        for socket in (one, other):
            await socket.ack("join", conversation_id=str(place))
        await other.send("typing", conversation_id=str(place))
        await other.ack("read", conversation_id=str(place), message_id=str(said.id))
        await _meet_elsewhere(served, address, one, other)

        here = {"presence", "typing", "read"}
        assert not [
            frame
            for frame in one.received
            if frame["type"] in here and frame["data"]["conversation_id"] == str(place)
        ]


@pytest.mark.long
async def test_a_block_hides_presence_of_connected_members(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = await make.conversation(served, "direct", ann, ben)
    said = await make.message(served, ann, place)
    here = {"conversation_id": str(place)}
    async with connected(served, address, ann, ben) as (one, other):
        for socket in (one, other):
            await socket.ack("join", **here)
        for socket, person in ((one, ben), (other, ann)):
            await socket.receive("presence", **here, user_id=str(person.id), status="online")
        await make.blocks(served, ann, ben)
        for socket, person in ((one, ben), (other, ann)):
            await socket.receive("presence", **here, user_id=str(person.id), status="offline")

        await other.send("typing", **here)
        await other.ack("read", **here, message_id=str(said.id))
        await other.ack("leave", **here)
        await other.ack("join", **here)
        await _meet_elsewhere(served, address, one, other)
        told = [frame["type"] for frame in one.received if frame["data"].items() >= here.items()]
        assert told == ["ack", "presence", "presence"]
        page = await one.request("sync", **here, since=0)
        assert page["data"]["read_marks"] == []

        async with served.database.transaction() as tx:
            await relations.unblock(tx, ann.member, ben.id)
        await until(
            lambda: (
                [p["status"] for p in one.all("presence") if p.items() >= here.items()]
                == ["online", "offline", "online"]
            )
        )
        page = await one.request("sync", **here, since=0)
        assert [mark["number"] for mark in page["data"]["read_marks"]] == [1]
