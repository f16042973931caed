"""Presence, typing and read marks are not sent across a block."""

import pytest

from tests import make
from tests.domains.realtime.chat_client import ChatSocket, connected
from tests.domains.realtime.multiple_servers_steps import _address, running
from tests.infra.waiting import until
from veza.app.services import Services
from veza.domains.chat.conversations.models import MemberQuery
from veza.domains.chat.conversations.service import conversations
from veza.domains.relationships import service as relations

pytestmark = pytest.mark.long

PASSING = {"presence", "typing", "read"}


def told_about(socket: ChatSocket, place: str, person: make.Person) -> list[str]:
    """Which frames told in passing a socket heard about somebody in a conversation."""
    return [
        frame["data"].get("status", frame["type"])
        for frame in socket.received
        if frame["type"] in PASSING
        and frame["data"]["conversation_id"] == place
        and frame["data"]["user_id"] == str(person.id)
    ]


@pytest.mark.parametrize("kind", ["room", "group"])
async def test_blocked_members_see_no_presence_in_a_room_on_two_servers(
    services: Services, kind: str
) -> None:
    ann, ben, cleo = [await make.person(services) for _ in range(3)]
    place = str(await make.conversation(services, kind, ann, ben, cleo))
    await make.blocks(services, ann, ben)
    async with running(services, 2, "--workers", "1") as servers:
        here, there = (_address(server) for server in servers)
        async with (
            connected(services, here, ann) as (one,),
            connected(services, there, ben, cleo) as (blocked, other),
        ):
            for socket in (one, blocked, other):
                await socket.ack("join", conversation_id=place)
            said = await other.ack("message", conversation_id=place, content="Hello")
            for socket in (one, blocked):
                await socket.receive("message", id=said["message_id"])
                await socket.send("typing", conversation_id=place)
                await socket.ack("read", conversation_id=place)
            # Whoever is in no block is told all of it, and tells it.
            for person in (ann, ben):
                who = {"user_id": str(person.id), "conversation_id": place}
                await other.receive("typing", **who)
                await other.receive("read", number=1, **who)
                await other.receive("presence", status="online", **who)
            for socket in (one, blocked):
                await socket.receive("presence", user_id=str(cleo.id), status="online")
                await socket.flush()

            assert told_about(one, place, ben) == []
            assert told_about(blocked, place, ann) == []


async def test_a_block_among_three_holds_from_then_on_and_ends(
    served: Services, address: str
) -> None:
    ann, ben, cleo = [await make.person(served) for _ in range(3)]
    place = str(await make.conversation(served, "room", ann, ben, cleo))
    async with connected(served, address, ann, ben, cleo) as (one, other, third):
        for socket in (one, other, third):
            await socket.ack("join", conversation_id=place)
        await one.receive("presence", user_id=str(ben.id), status="online")
        await other.receive("presence", user_id=str(ann.id), status="online")
        await make.blocks(served, ann, ben)
        await one.receive("presence", user_id=str(ben.id), status="offline")
        await other.receive("presence", user_id=str(ann.id), status="offline")

        await one.send("typing", conversation_id=place)
        await third.receive("typing", user_id=str(ann.id))
        await other.flush()
        assert told_about(other, place, ann) == ["online", "offline"]
        assert told_about(third, place, ann) == ["online", "typing"]

        async with served.database.transaction() as tx:
            await relations.unblock(tx, ann.member, ben.id)
        await until(lambda: told_about(other, place, ann) == ["online", "offline", "online"])
        await until(lambda: told_about(one, place, ben) == ["online", "offline", "online"])


async def test_blocked_members_see_no_read_mark_of_each_other_in_a_group(
    services: Services,
) -> None:
    ann, ben, cleo = [await make.person(services) for _ in range(3)]
    place = await make.conversation(services, "group", ann, ben, cleo)
    said = await make.message(services, cleo, place)
    async with services.database.transaction() as tx:
        for person in (ann, ben):
            await conversations.mark_read(tx, person.id, place, said.number)
    await make.blocks(services, ann, ben)

    async with services.database.read() as conn:
        for viewer, hidden in ((ann, ben), (ben, ann)):
            membership = await conversations.get_membership(conn, viewer.id, place)
            marks = await conversations.list_read_marks(conn, membership)
            page = await conversations.list_members(conn, viewer.member, place, MemberQuery())
            numbers = {member.user.id: member.read_number for member in page.members}
            assert {mark.user_id for mark in marks} == {cleo.id}
            assert (numbers[hidden.id], numbers[viewer.id], numbers[cleo.id]) == (None, 1, 1)
