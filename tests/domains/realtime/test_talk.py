"""What members say to each other over the WebSocket, by a server as it is."""

import asyncio

import httpx

from tests import make
from tests.domains.realtime.talking import Talker, talking
from tests.journeys.served import Server
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.chat.conversations import service as conversations
from veza.domains.chat.messages import service as messages
from veza.domains.chat.messages.models import MessageForm
from veza.domains.cloud.files import service as files


async def test_what_one_says_all_hear_once_and_in_order(served: Services, address: str) -> None:
    ann, ben, cas = [await make.person(served) for _ in range(3)]
    room = str(await make.conversation(served, "room", ann, ben, cas))
    async with talking(served, address, ann, ben, cas) as talkers:
        joined = [await talker.done("join", conversation_id=room) for talker in talkers]
        assert [each["seq"] for each in joined] == [0, 0, 0]

        acks = [
            await talkers[n % 3].done("message", conversation_id=room, content=f"Word {n}")
            for n in range(30)
        ]

        assert [ack["seq"] for ack in acks] == list(range(1, 31))
        for talker in talkers:
            await talker.hear("message", seq=30)
            await talker.flush()
            assert talker.seqs == list(range(1, 31))
            assert [said["id"] for said in talker.all("message")] == [
                ack["message_id"] for ack in acks
            ]
        said = talkers[1].all("message")[0]
        assert said["sender"] == {"id": str(ann.id), "username": ann.username}
        assert said["content"] == "Word 0"


async def test_what_becomes_of_a_message_all_hear_in_the_same_order(
    served: Services, address: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "direct", ann, ben))
    async with talking(served, address, ann, ben) as (one, other):
        for talker in (one, other):
            await talker.done("join", conversation_id=place)
        said = await one.done("message", conversation_id=place, content="Helo")
        about = {"conversation_id": place, "message_id": said["message_id"]}

        edited = await one.done("edit", **about, content="Hello")
        added = await other.done("react", **about, emoji="🔥")
        taken_back = await other.done("react", **about, emoji="🔥")
        deleted = await one.done("delete", **about)

        assert [each["seq"] for each in (edited, added, taken_back, deleted)] == [2, 3, 4, 5]
        for talker in (one, other):
            await talker.hear("deleted", seq=5)
            assert talker.seqs == [1, 2, 3, 4, 5]
            (told,) = talker.all("edited")
            assert (told["message_id"], told["content"]) == (said["message_id"], "Hello")
            first, second = talker.all("reaction")
            assert first["user"] == {"id": str(ben.id), "username": ben.username}
            assert (first["is_added"], first["reactions"]) == (
                True,
                [{"emoji": "🔥", "count": 1}],
            )
            assert (second["is_added"], second["reactions"]) == (False, [])


async def test_a_message_is_meant_in_the_conversation_that_is_named(
    served: Services, address: str
) -> None:
    ann = await make.person(served, Role.MODERATOR)
    here, elsewhere = [await make.conversation(served, "room", ann) for _ in range(2)]
    said = await make.message(served, ann, elsewhere, "Said elsewhere")
    async with talking(served, address, ann) as (talker,):
        await talker.done("join", conversation_id=str(here))
        about = {"conversation_id": str(here), "message_id": str(said.id)}
        assert await talker.refused("edit", **about, content="Changed") == "message_not_found"
        assert await talker.refused("react", **about, emoji="🔥") == "message_not_found"
        assert await talker.refused("delete", **about) == "message_not_found"
        assert await talker.refused("read", **about) == "message_not_found"

        joined = await talker.done("join", conversation_id=str(elsewhere))
        assert joined["seq"] == 1, "Nothing became of it."


async def test_staff_deletes_as_such_over_http_alone(
    served: Services, server: Server, address: str
) -> None:
    ann = await make.person(served)
    moderator = await make.person(served, Role.MODERATOR)
    room = await make.conversation(served, "room", ann, moderator)
    said = await make.message(served, ann, room)
    own = await make.message(served, moderator, room)
    async with talking(served, address, moderator) as (talker,):
        await talker.done("join", conversation_id=str(room))
        about = {"conversation_id": str(room), "message_id": str(said.id)}
        assert await talker.refused("delete", **about) == "not_your_message"
        await talker.done("delete", conversation_id=str(room), message_id=str(own.id))

        async with httpx.AsyncClient(headers=moderator.headers) as http:
            url = f"{server.url}/api/v1/conversations/{room}/messages/{said.id}"
            assert (await http.delete(url)).status_code == 200
        await talker.hear("deleted", message_id=str(said.id))

    async with served.database.read() as conn:
        sql = "select count(*) from audit_events where action = 'delete_message'"
        assert await conn.value(int, sql) == 1


async def test_sending_again_with_the_same_client_id_says_it_once(
    served: Services, address: str
) -> None:
    ann = await make.person(served)
    room = str(await make.conversation(served, "room", ann))
    async with talking(served, address, ann) as (talker,):
        await talker.done("join", conversation_id=room)
        form = {"conversation_id": room, "client_id": "one and the same"}
        first = await talker.done("message", **form, content="First")
        again = await talker.done("message", **form, content="Again")
        await talker.done("message", conversation_id=room, content="Last")
        # What is acknowledged comes a moment later, and nothing that was said before comes after.
        await talker.hear("message", content="Last")

        assert again == first
        assert first["client_id"] == "one and the same"
        assert [said["content"] for said in talker.all("message")] == ["First", "Last"]


async def test_what_is_sent_over_http_comes_by_the_same_road(
    served: Services, address: str
) -> None:
    ann = await make.person(served)
    room = await make.conversation(served, "room", ann)
    async with talking(served, address, ann) as (talker,):
        await talker.done("join", conversation_id=str(room))
        # By another process than the one that serves the socket.
        sent = await make.message(served, ann, room, "From elsewhere")

        heard = await talker.hear("message", content="From elsewhere")
        assert heard["id"] == str(sent.id)


async def test_frames_of_one_socket_are_answered_in_order(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = str(await make.conversation(served, "room", ann))
    async with talking(served, address, ann) as (talker,):
        numbers = [await talker.say("join", conversation_id=room)]
        for n in range(20):
            numbers.append(await talker.say("message", conversation_id=room, content=f"{n}"))
            numbers.append(await talker.say("ping"))
        await talker.hear("message", seq=20)
        await talker.flush()

        answers = [frame["id"] for frame in talker.heard if "id" in frame]
        assert answers[: len(numbers)] == numbers
        assert [said["content"] for said in talker.all("message")] == [str(n) for n in range(20)]


async def test_only_those_hear_who_joined_and_until_they_leave(
    served: Services, address: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    room = str(await make.conversation(served, "room", ann, ben))
    async with talking(served, address, ann, ben) as (one, other):
        await one.done("join", conversation_id=room)
        assert await other.refused("message", conversation_id=room, content="x") == "not_joined"
        await one.done("message", conversation_id=room, content="Unheard")
        joined = await other.done("join", conversation_id=room)
        await one.done("message", conversation_id=room, content="Heard")
        await other.hear("message", content="Heard")
        await other.done("leave", conversation_id=room)
        await one.done("message", conversation_id=room, content="Unheard again")
        await one.hear("message", content="Unheard again")
        await other.flush()

        assert joined["seq"] == 1
        assert [said["content"] for said in other.all("message")] == ["Heard"]
        assert await other.refused("leave", conversation_id=room) == "not_joined"
        # They are a member still, and hear it again when they come back.
        assert (await other.done("join", conversation_id=room))["seq"] == 3


async def test_joining_a_public_room_makes_one_its_member(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    room = str(await make.conversation(served, "room", ann))
    closed = str(await make.conversation(served, "room", ann, is_private=True))
    group = str(await make.conversation(served, "group", ann))
    async with talking(served, address, ben) as (talker,):
        await talker.done("join", conversation_id=room)
        await talker.done("message", conversation_id=room, content="Here I am")

        for place in (closed, group, str(ann.id)):
            code = await talker.refused("join", conversation_id=place)
            assert code == "conversation_not_found"


async def test_joining_twice_hears_everything_once(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = str(await make.conversation(served, "room", ann))
    async with talking(served, address, ann) as (talker,):
        await talker.done("join", conversation_id=room)
        await talker.done("message", conversation_id=room, content="One")
        await talker.done("join", conversation_id=room)
        await talker.done("message", conversation_id=room, content="Two")
        await talker.hear("message", content="Two")
        await talker.flush()

        assert talker.seqs == [1, 2]


async def test_all_sockets_of_a_member_hear_what_one_of_them_says(
    served: Services, address: str
) -> None:
    ann = await make.person(served)
    room = str(await make.conversation(served, "room", ann))
    async with talking(served, address, ann, ann) as (phone, laptop):
        for talker in (phone, laptop):
            await talker.done("join", conversation_id=room)
        await phone.done("message", conversation_id=room, content="Hello")

        for talker in (phone, laptop):
            await talker.hear("message", content="Hello")


async def test_who_was_removed_hears_nothing_from_then_on(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    group = await make.conversation(served, "group", ann, ben)
    async with talking(served, address, ann, ben) as (one, other):
        for talker in (one, other):
            await talker.done("join", conversation_id=str(group))
        async with served.database.transaction() as tx:
            await conversations.remove_member(tx, ann.member, group, ben.id)
            await messages.send(
                tx, ann.member, group, MessageForm("They are gone"), urls=make.NO_LINKS
            )

        await one.hear("message", content="They are gone")
        refusal = await other.hear("error", code="conversation_not_found")
        await other.flush()
        assert refusal["conversation_id"] == str(group)
        assert other.all("message") == []
        assert await other.refused("message", conversation_id=str(group), content="x") == (
            "not_joined"
        )


async def test_who_was_added_later_hears_nothing_of_what_was_before(
    served: Services, address: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    group = await make.conversation(served, "group", ann)
    before = await make.message(served, ann, group, "Between us")
    async with served.database.transaction() as tx:
        await conversations.add_member(tx, ann.member, group, ben.id)
    async with talking(served, address, ann, ben) as (one, other):
        for talker in (one, other):
            await talker.done("join", conversation_id=str(group), since=0)
        about = {"conversation_id": str(group), "message_id": str(before.id)}
        await one.done("edit", **about, content="Between the two of us")
        await one.done("message", conversation_id=str(group), content="To all")
        await other.hear("message", content="To all")
        await other.flush()

        assert other.seqs == [3]
        assert "Between" not in str(other.heard)
        assert await other.refused("react", **about, emoji="🔥") == "message_not_found"


async def test_a_conversation_that_ends_is_told(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    room = await make.conversation(served, "room", ann)
    async with talking(served, address, ben) as (talker,):
        await talker.done("join", conversation_id=str(room))
        async with served.database.transaction() as tx:
            await conversations.end(tx, ann.member, room)

        await talker.hear("error", code="conversation_not_found", conversation_id=str(room))


async def test_refusals_leave_the_socket_open(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "direct", ann, ben))
    await make.blocks(served, ben, ann)
    async with talking(served, address, ann) as (talker,):
        await talker.done("join", conversation_id=place)
        answer = await talker.ask("message", conversation_id=place, content="x", client_id="mine")
        assert answer["data"]["code"] == "cannot_reach_member"
        assert answer["data"]["client_id"] == "mine"
        assert answer["data"]["conversation_id"] == place
        said = {"conversation_id": place, "message_id": place}
        assert await talker.refused("edit", **said, content="x") == "message_not_found"
        assert await talker.refused("message", conversation_id=place, content=" ") == (
            "invalid_input"
        )
        assert await talker.refused("message", conversation_id=place, content="\0") in {
            "unstorable_text",
            "cannot_reach_member",
        }
        assert await talker.refused("auth", token="again") == "bad_frame"
        await talker.flush()


async def test_what_can_not_be_read_is_told_and_named(served: Services, address: str) -> None:
    ann = await make.person(served)
    async with talking(served, address, ann) as (talker,):
        for frame in (
            "no JSON",
            "[]",
            "{}",
            '{"type": "unknown"}',
            '{"type": "join"}',
            '{"type": "join", "data": {"conversation_id": 7}}',
            '{"type": "message", "data": {"conversation_id": "' + str(ann.id) + '", "content": 1}}',
            "[" * 60_000,
            b"\xff\xfe",
            b"",
        ):
            await talker.send(frame)
        await talker.send({"type": "edit", "id": "mine", "data": {"client_id": "c"}})
        await talker.send({"type": "edit", "id": {"no": "id"}, "data": []})
        # JSON in a binary frame is as good.
        await talker.send(b'{"type": "ping", "id": "last"}')
        await talker.find(lambda frame: frame.get("id") == "last")

        errors = [frame for frame in talker.heard if frame["type"] == "error"]
        assert [error["data"]["code"] for error in errors] == ["bad_frame"] * 12
        assert (errors[-2]["id"], errors[-2]["data"]["client_id"]) == ("mine", "c")
        assert "id" not in errors[-1]


async def test_many_at_once_are_heard_by_all_in_the_same_order(
    served: Services, address: str
) -> None:
    people = [await make.person(served) for _ in range(6)]
    room = str(await make.conversation(served, "room", *people))
    async with talking(served, address, *people) as talkers:
        for talker in talkers:
            await talker.done("join", conversation_id=room)

        async def chat(talker: Talker, name: int) -> None:
            for n in range(10):
                await talker.done("message", conversation_id=room, content=f"{name}.{n}")

        await asyncio.gather(*(chat(talker, name) for name, talker in enumerate(talkers)))

        for talker in talkers:
            await talker.hear("message", seq=60)
            assert talker.seqs == list(range(1, 61))
        orders = [[said["id"] for said in talker.all("message")] for talker in talkers]
        assert all(order == orders[0] for order in orders)


async def test_a_file_goes_as_it_is_and_who_is_there_gets_it(
    served: Services, server: Server, address: str
) -> None:
    ann, ben, cas = [await make.person(served) for _ in range(3)]
    place = str(await make.conversation(served, "direct", ann, ben))
    file = await make.cloud_file(served, ann, "Näht.wav", b"as it is")
    async with talking(served, address, ann, ben) as (one, other):
        for talker in (one, other):
            await talker.done("join", conversation_id=place)
        about = {"conversation_id": place, "client_id": "1"}

        ack = await one.done("message", **about, file_id=str(file.id))
        async with served.database.transaction() as tx:
            await files.delete_file(tx, file.id, ann.member)

        assert await one.done("message", **about, file_id=str(file.id)) == ack
        refused = await other.refused("message", conversation_id=place, file_id=str(file.id))
        assert refused == "file_not_found"
        said = await other.hear("message", seq=1)
        assert (said["content"], said["file"]["name"]) == ("", "Näht.wav")
        assert said["file"]["url"].startswith(server.url)
        async with httpx.AsyncClient() as client:
            got = await client.get(said["file"]["url"], headers=ben.headers)
            kept_out = await client.get(said["file"]["url"], headers=cas.headers)
        assert (got.status_code, got.content) == (200, b"as it is")
        assert kept_out.status_code == 404
