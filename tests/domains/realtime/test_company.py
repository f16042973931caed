"""What those who are together see of each other: who comes and goes, who writes, who has read."""

import pytest

from tests import make
from tests.domains.realtime.talking import Talker, talking
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.ids import new_id
from veza.domains.chat.conversations import service as conversations
from veza.domains.realtime import rules
from veza.domains.relationships import service as relations


async def test_who_comes_and_goes_is_told(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "direct", ann, ben))
    here = {"conversation_id": place, "status": "online"}
    async with talking(served, address, ann) as (one,):
        await one.done("join", conversation_id=place)
        async with talking(served, address, ben) as (other,):
            await other.done("join", conversation_id=place)

            await one.hear("presence", user_id=str(ben.id), **here)
            await other.hear("presence", user_id=str(ann.id), **here)
        await one.hear("presence", user_id=str(ben.id), conversation_id=place, status="offline")
        await one.flush()

        # Of oneself one needn't be told.
        assert {told["user_id"] for told in one.all("presence")} == {str(ben.id)}


@pytest.mark.long
async def test_who_is_there_on_two_sockets_goes_with_the_second(
    served: Services, address: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = await make.conversation(served, "direct", ann, ben)
    here = {"conversation_id": str(place)}
    async with talking(served, address, ann, ben, ben) as (one, phone, laptop):
        for talker in (one, phone, laptop):
            await talker.done("join", **here)
        await one.hear("presence", user_id=str(ben.id), status="online")
        await phone.done("leave", **here)
        # Who is there is told after who has read: a second later it would have been told.
        for number in (1, 2):
            said = await make.message(served, ann, place)
            await laptop.done("read", **here, message_id=str(said.id))
            await one.hear("read", user_id=str(ben.id), number=number)
        assert [told["status"] for told in one.all("presence")] == ["online"]

        await laptop.done("leave", **here)
        await one.hear("presence", user_id=str(ben.id), status="offline")


async def test_who_writes_is_told_once_in_a_while_and_to_the_others(
    served: Services, address: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "direct", ann, ben))
    async with talking(served, address, ann, ben) as (one, other):
        for talker in (one, other):
            await talker.done("join", conversation_id=place)
        for _ in range(5):
            await one.say("typing", conversation_id=place)
        await one.done("message", conversation_id=place, content="Written")
        await other.hear("message", content="Written")

        assert other.all("typing") == [
            {"conversation_id": place, "user_id": str(ann.id), "expires_in": rules.TYPING_LASTS_S}
        ]
        assert one.all("typing") == []
        assert await one.refused("typing", conversation_id=str(new_id())) == "not_joined"


async def test_how_far_somebody_has_read_is_told_together(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = await make.conversation(served, "direct", ann, ben)
    said = [await make.message(served, ann, place, f"Word {n}") for n in range(5)]
    async with talking(served, address, ann, ben) as (one, other):
        for talker in (one, other):
            await talker.done("join", conversation_id=str(place))
        for message in said[:4]:
            state = await other.done("read", conversation_id=str(place), message_id=str(message.id))
        assert (state["read_number"], state["unread_count"]) == (4, 1)
        await one.hear("read", user_id=str(ben.id), number=4)

        # Over HTTP it is told as well, whichever process it came to.
        async with served.database.transaction() as tx:
            await conversations.mark_read(tx, ben.id, place, 5)
        await one.hear("read", user_id=str(ben.id), number=5)
        assert other.all("read") == []


async def _meet_elsewhere(services: Services, address: str, *two: Talker) -> None:
    """Have two see a third in another place: by then all else would have been told."""
    third = await make.person(services)
    room = str(await make.conversation(services, "room", third))
    async with talking(services, address, third) as (other,):
        for talker in (*two, other):
            await talker.done("join", conversation_id=room)
        for talker in two:
            await talker.hear("presence", conversation_id=room, user_id=str(third.id))
            await talker.flush()


async def test_two_who_block_each_other_see_nothing_of_each_other(
    served: Services, address: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = await make.conversation(served, "direct", ann, ben)
    said = await make.message(served, ann, place)
    await make.blocks(served, ann, ben)
    async with talking(served, address, ann, ben) as (one, other):
        for talker in (one, other):
            await talker.done("join", conversation_id=str(place))
        await other.say("typing", conversation_id=str(place))
        await other.done("read", conversation_id=str(place), message_id=str(said.id))
        await _meet_elsewhere(served, address, one, other)

        here = {"presence", "typing", "read"}
        assert not [
            frame
            for frame in one.heard
            if frame["type"] in here and frame["data"]["conversation_id"] == str(place)
        ]


async def test_who_is_blocked_while_both_are_there_is_told_nothing_from_then_on(
    served: Services, address: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = await make.conversation(served, "direct", ann, ben)
    said = await make.message(served, ann, place)
    here = {"conversation_id": str(place)}
    async with talking(served, address, ann, ben) as (one, other):
        for talker in (one, other):
            await talker.done("join", **here)
        for talker, person in ((one, ben), (other, ann)):
            await talker.hear("presence", **here, user_id=str(person.id), status="online")
        await make.blocks(served, ann, ben)
        for talker, person in ((one, ben), (other, ann)):
            await talker.hear("presence", **here, user_id=str(person.id), status="offline")

        await other.say("typing", **here)
        await other.done("read", **here, message_id=str(said.id))
        await other.done("leave", **here)
        await other.done("join", **here)
        await _meet_elsewhere(served, address, one, other)
        told = [frame["type"] for frame in one.heard if frame["data"].items() >= here.items()]
        assert told == ["ack", "presence", "presence"]
        page = await one.ask("sync", **here, since=0)
        assert page["data"]["read_marks"] == []

        async with served.database.transaction() as tx:
            await relations.unblock(tx, ann.member, ben.id)
        await until(
            lambda: (
                [p["status"] for p in one.all("presence") if p.items() >= here.items()]
                == ["online", "offline", "online"]
            )
        )
        page = await one.ask("sync", **here, since=0)
        assert [mark["number"] for mark in page["data"]["read_marks"]] == [1]
