"""Frames of clients, against a running server."""

import asyncio

import httpx

from tests import make
from tests.domains.realtime.chat_client import ChatSocket, connected
from tests.journeys.served import Server
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages.models.messages import MessageForm
from veza.domains.chat.messages.service import sent_messages
from veza.domains.cloud.files import service as files


async def test_all_subscribers_receive_messages_once_and_in_order(
    served: Services, address: str
) -> None:
    ann, ben, cas = [await make.person(served) for _ in range(3)]
    room = str(await make.conversation(served, "room", ann, ben, cas))
    async with connected(served, address, ann, ben, cas) as sockets:
        joined = [await socket.ack("join", conversation_id=room) for socket in sockets]
        assert [each["seq"] for each in joined] == [0, 0, 0]

        acks = [
            await sockets[n % 3].ack("message", conversation_id=room, content=f"Word {n}")
            for n in range(30)
        ]

        assert [ack["seq"] for ack in acks] == list(range(1, 31))
        for socket in sockets:
            await socket.receive("message", seq=30)
            await socket.flush()
            assert socket.seqs == list(range(1, 31))
            assert [said["id"] for said in socket.all("message")] == [
                ack["message_id"] for ack in acks
            ]
        said = sockets[1].all("message")[0]
        assert said["sender"] == make.shown(ann)
        assert said["content"] == "Word 0"


async def test_all_subscribers_receive_changes_in_order(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "direct", ann, ben))
    async with connected(served, address, ann, ben) as (one, other):
        for socket in (one, other):
            await socket.ack("join", conversation_id=place)
        said = await one.ack("message", conversation_id=place, content="Helo")
        about = {"conversation_id": place, "message_id": said["message_id"]}

        edited = await one.ack("edit", **about, content="Hello")
        added = await other.ack("react", **about, emoji="🔥")
        taken_back = await other.ack("react", **about, emoji="🔥")
        deleted = await one.ack("delete", **about)

        assert [each["seq"] for each in (edited, added, taken_back, deleted)] == [2, 3, 4, 5]
        for socket in (one, other):
            await socket.receive("deleted", seq=5)
            assert socket.seqs == [1, 2, 3, 4, 5]
            (told,) = socket.all("edited")
            assert (told["message_id"], told["content"]) == (said["message_id"], "Hello")
            first, second = socket.all("reaction")
            assert first["user"] == make.shown(ben)
            assert (first["is_added"], first["reactions"]) == (
                True,
                [{"emoji": "🔥", "count": 1}],
            )
            assert (second["is_added"], second["reactions"]) == (False, [])


async def test_a_message_must_be_in_the_named_conversation(served: Services, address: str) -> None:
    ann = await make.person(served, Role.MODERATOR)
    here, elsewhere = [await make.conversation(served, "room", ann) for _ in range(2)]
    said = await make.message(served, ann, elsewhere, "Said elsewhere")
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=str(here))
        about = {"conversation_id": str(here), "message_id": str(said.id)}
        assert await socket.error_code("edit", **about, content="Changed") == "message_not_found"
        assert await socket.error_code("react", **about, emoji="🔥") == "message_not_found"
        assert await socket.error_code("delete", **about) == "message_not_found"
        assert await socket.error_code("read", **about) == "message_not_found"

        joined = await socket.ack("join", conversation_id=str(elsewhere))
        assert joined["seq"] == 1, "Nothing became of it."


async def test_staff_deletes_messages_of_others_only_over_http(
    served: Services, server: Server, address: str
) -> None:
    ann = await make.person(served)
    moderator = await make.person(served, Role.MODERATOR)
    room = await make.conversation(served, "room", ann, moderator)
    said = await make.message(served, ann, room)
    own = await make.message(served, moderator, room)
    async with connected(served, address, moderator) as (socket,):
        await socket.ack("join", conversation_id=str(room))
        about = {"conversation_id": str(room), "message_id": str(said.id)}
        assert await socket.error_code("delete", **about) == "not_your_message"
        await socket.ack("delete", conversation_id=str(room), message_id=str(own.id))

        async with httpx.AsyncClient(headers=moderator.headers) as http:
            url = f"{server.url}/api/v1/conversations/{room}/messages/{said.id}"
            assert (await http.delete(url)).status_code == 200
        await socket.receive("deleted", message_id=str(said.id))

    async with served.database.read() as conn:
        sql = "select count(*) from audit_events where action = 'delete_message'"
        assert await conn.value(int, sql) == 1


async def test_a_repeated_client_id_is_sent_once(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = str(await make.conversation(served, "room", ann))
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=room)
        form = {"conversation_id": room, "client_id": "one and the same"}
        first = await socket.ack("message", **form, content="First")
        again = await socket.ack("message", **form, content="Again")
        await socket.ack("message", conversation_id=room, content="Last")
        # What is acknowledged comes a moment later, and nothing that was said before comes after.
        await socket.receive("message", content="Last")

        assert again == first
        assert first["client_id"] == "one and the same"
        assert [said["content"] for said in socket.all("message")] == ["First", "Last"]


async def test_messages_sent_over_http_are_received(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = await make.conversation(served, "room", ann)
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=str(room))
        # By another process than the one that serves the socket.
        sent = await make.message(served, ann, room, "From elsewhere")

        heard = await socket.receive("message", content="From elsewhere")
        assert heard["id"] == str(sent.id)


async def test_frames_of_one_socket_are_answered_in_order(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = str(await make.conversation(served, "room", ann))
    async with connected(served, address, ann) as (socket,):
        numbers = [await socket.send("join", conversation_id=room)]
        for n in range(20):
            numbers.append(await socket.send("message", conversation_id=room, content=f"{n}"))
            numbers.append(await socket.send("ping"))
        await socket.receive("message", seq=20)
        await socket.flush()

        answers = [frame["id"] for frame in socket.received if "id" in frame]
        assert answers[: len(numbers)] == numbers
        assert [said["content"] for said in socket.all("message")] == [str(n) for n in range(20)]


async def test_events_are_received_between_join_and_leave(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    room = str(await make.conversation(served, "room", ann, ben))
    async with connected(served, address, ann, ben) as (one, other):
        await one.ack("join", conversation_id=room)
        assert await other.error_code("message", conversation_id=room, content="x") == "not_joined"
        await one.ack("message", conversation_id=room, content="Unheard")
        joined = await other.ack("join", conversation_id=room)
        await one.ack("message", conversation_id=room, content="Heard")
        await other.receive("message", content="Heard")
        await other.ack("leave", conversation_id=room)
        await one.ack("message", conversation_id=room, content="Unheard again")
        await one.receive("message", content="Unheard again")
        await other.flush()

        assert joined["seq"] == 1
        assert [said["content"] for said in other.all("message")] == ["Heard"]
        assert await other.error_code("leave", conversation_id=room) == "not_joined"
        # They are a member still, and hear it again when they come back.
        assert (await other.ack("join", conversation_id=room))["seq"] == 3


async def test_joining_a_public_room_makes_one_its_member(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    room = str(await make.conversation(served, "room", ann))
    closed = str(await make.conversation(served, "room", ann, is_private=True))
    group = str(await make.conversation(served, "group", ann))
    async with connected(served, address, ben) as (socket,):
        await socket.ack("join", conversation_id=room)
        await socket.ack("message", conversation_id=room, content="Here I am")

        for place in (closed, group, str(ann.id)):
            code = await socket.error_code("join", conversation_id=place)
            assert code == "conversation_not_found"


async def test_joining_twice_receives_events_once(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = str(await make.conversation(served, "room", ann))
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=room)
        await socket.ack("message", conversation_id=room, content="One")
        await socket.ack("join", conversation_id=room)
        await socket.ack("message", conversation_id=room, content="Two")
        await socket.receive("message", content="Two")
        await socket.flush()

        assert socket.seqs == [1, 2]


async def test_all_connections_of_a_member_receive_their_messages(
    served: Services, address: str
) -> None:
    ann = await make.person(served)
    room = str(await make.conversation(served, "room", ann))
    async with connected(served, address, ann, ann) as (phone, laptop):
        for socket in (phone, laptop):
            await socket.ack("join", conversation_id=room)
        await phone.ack("message", conversation_id=room, content="Hello")

        for socket in (phone, laptop):
            await socket.receive("message", content="Hello")


async def test_removed_members_receive_no_more_events(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    group = await make.conversation(served, "group", ann, ben)
    async with connected(served, address, ann, ben) as (one, other):
        for socket in (one, other):
            await socket.ack("join", conversation_id=str(group))
        async with served.database.transaction() as tx:
            await conversations.remove_member(tx, ann.member, group, ben.id)
            await sent_messages.send(
                tx, ann.member, group, MessageForm("They are gone"), urls=make.NO_LINKS
            )

        await one.receive("message", content="They are gone")
        refusal = await other.receive("error", code="conversation_not_found")
        await other.flush()
        assert refusal["conversation_id"] == str(group)
        assert other.all("message") == []
        assert await other.error_code("message", conversation_id=str(group), content="x") == (
            "not_joined"
        )


async def test_added_members_receive_later_events_only(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    group = await make.conversation(served, "group", ann)
    before = await make.message(served, ann, group, "Between us")
    async with served.database.transaction() as tx:
        await conversations.add_member(tx, ann.member, group, ben.id)
    async with connected(served, address, ann, ben) as (one, other):
        for socket in (one, other):
            await socket.ack("join", conversation_id=str(group), since=0)
        about = {"conversation_id": str(group), "message_id": str(before.id)}
        await one.ack("edit", **about, content="Between the two of us")
        await one.ack("message", conversation_id=str(group), content="To all")
        await other.receive("message", content="To all")
        await other.flush()

        assert other.seqs == [3]
        assert "Between" not in str(other.received)
        assert await other.error_code("react", **about, emoji="🔥") == "message_not_found"


async def test_the_end_of_a_conversation_is_sent(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    room = await make.conversation(served, "room", ann)
    async with connected(served, address, ben) as (socket,):
        await socket.ack("join", conversation_id=str(room))
        async with served.database.transaction() as tx:
            await conversations.end(tx, ann.member, room)

        await socket.receive("error", code="conversation_not_found", conversation_id=str(room))


async def test_refusals_leave_the_socket_open(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "direct", ann, ben))
    await make.blocks(served, ben, ann)
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=place)
        answer = await socket.request(
            "message", conversation_id=place, content="x", client_id="mine"
        )
        assert answer["data"]["code"] == "cannot_reach_member"
        assert answer["data"]["client_id"] == "mine"
        assert answer["data"]["conversation_id"] == place
        said = {"conversation_id": place, "message_id": place}
        assert await socket.error_code("edit", **said, content="x") == "message_not_found"
        assert await socket.error_code("message", conversation_id=place, content=" ") == (
            "invalid_input"
        )
        assert await socket.error_code("message", conversation_id=place, content="\0") in {
            "unstorable_text",
            "cannot_reach_member",
        }
        assert await socket.error_code("auth", token="again") == "bad_frame"
        await socket.flush()


async def test_invalid_frames_are_answered_with_their_ids(served: Services, address: str) -> None:
    ann = await make.person(served)
    async with connected(served, address, ann) as (socket,):
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
            await socket.send_raw(frame)
        await socket.send_raw({"type": "edit", "id": "mine", "data": {"client_id": "c"}})
        await socket.send_raw({"type": "edit", "id": {"no": "id"}, "data": []})
        # JSON in a binary frame is as good.
        await socket.send_raw(b'{"type": "ping", "id": "last"}')
        await socket.wait_for(lambda frame: frame.get("id") == "last")

        errors = [frame for frame in socket.received if frame["type"] == "error"]
        assert [error["data"]["code"] for error in errors] == ["bad_frame"] * 12
        assert (errors[-2]["id"], errors[-2]["data"]["client_id"]) == ("mine", "c")
        assert "id" not in errors[-1]


async def test_concurrent_messages_have_one_order_for_all(served: Services, address: str) -> None:
    people = [await make.person(served) for _ in range(6)]
    room = str(await make.conversation(served, "room", *people))
    async with connected(served, address, *people) as sockets:
        for socket in sockets:
            await socket.ack("join", conversation_id=room)

        async def chat(socket: ChatSocket, name: int) -> None:
            for n in range(10):
                await socket.ack("message", conversation_id=room, content=f"{name}.{n}")

        await asyncio.gather(*(chat(socket, name) for name, socket in enumerate(sockets)))

        for socket in sockets:
            await socket.receive("message", seq=60)
            assert socket.seqs == list(range(1, 61))
        orders = [[said["id"] for said in socket.all("message")] for socket in sockets]
        assert all(order == orders[0] for order in orders)


async def test_a_file_is_sent_and_downloaded_by_a_subscriber(
    served: Services, server: Server, address: str
) -> None:
    ann, ben, cas = [await make.person(served) for _ in range(3)]
    place = str(await make.conversation(served, "direct", ann, ben))
    file = await make.cloud_file(served, ann, "Näht.wav", b"as it is")
    async with connected(served, address, ann, ben) as (one, other):
        for socket in (one, other):
            await socket.ack("join", conversation_id=place)
        about = {"conversation_id": place, "client_id": "1"}

        ack = await one.ack("message", **about, file_id=str(file.id))
        async with served.database.transaction() as tx:
            await files.delete_file(tx, file.id, ann.member)

        assert await one.ack("message", **about, file_id=str(file.id)) == ack
        refused = await other.error_code("message", conversation_id=place, file_id=str(file.id))
        assert refused == "file_not_found"
        said = await other.receive("message", seq=1)
        assert (said["content"], said["file"]["name"]) == ("", "Näht.wav")
        assert said["file"]["url"].startswith(server.url)
        async with httpx.AsyncClient() as client:
            got = await client.get(said["file"]["url"], headers=ben.headers)
            kept_out = await client.get(said["file"]["url"], headers=cas.headers)
        assert (got.status_code, got.content) == (200, b"as it is")
        assert kept_out.status_code == 404
