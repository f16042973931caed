"""How one comes in, and how it ends: each way with its code."""

import httpx
import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests import make
from tests.domains.realtime.talking import Talker, opened, talking, text_of
from tests.infra.waiting import until
from tests.journeys.served import Server
from veza.app.services import Services
from veza.core.errors import Unavailable
from veza.domains.auth.sessions import service as sessions
from veza.domains.platform.site_controls import service as control
from veza.domains.platform.site_controls.models import MaintenanceChange
from veza.domains.realtime import rules, service
from veza.domains.realtime.errors import BadFrame
from veza.domains.realtime.sockets import _refusal  # pyright: ignore[reportPrivateUsage]
from veza.infra.http_server.config import MAX_MESSAGE_BYTES


def _token(services: Services, person: make.Person) -> str:
    return service.issue_token(services.chat_gate, person.member).token


@pytest.mark.long
async def test_the_token_comes_in_the_address(served: Services, address: str) -> None:
    ann = await make.person(served)
    async with opened(f"{address}?token={_token(served, ann)}") as talker:
        ready = await talker.hear("ready")
        assert ready == {"user_id": str(ann.id), "ping_seconds": 30}


async def test_the_token_comes_as_a_subprotocol_which_is_echoed(
    served: Services, address: str
) -> None:
    ann = await make.person(served)
    protocol = f"veza.chat.{_token(served, ann)}"
    async with opened(address, subprotocols=["other", protocol]) as talker:
        await talker.hear("ready", user_id=str(ann.id))
        assert talker.socket.subprotocol == protocol


async def test_the_token_comes_in_the_first_frame(served: Services, address: str) -> None:
    ann = await make.person(served)
    async with opened(address) as talker:
        await talker.say("auth", token=_token(served, ann))
        await talker.hear("ready", user_id=str(ann.id))


async def test_another_subprotocol_is_not_echoed(served: Services, address: str) -> None:
    ann = await make.person(served)
    async with opened(f"{address}?token={_token(served, ann)}", subprotocols=["chat"]) as talker:
        await talker.hear("ready")
        assert talker.socket.subprotocol is None


@pytest.mark.parametrize("query", ["?token=nonsense", "?token=%00", "?token=a&token=b"])
async def test_a_bad_token_closes_with_4401(address: str, query: str) -> None:
    async with opened(address + query) as talker:
        assert await talker.closed() == 4401
        assert talker.heard == []


async def test_a_spent_token_closes_with_4401(served: Services, address: str) -> None:
    ann = await make.person(served)
    token = _token(served, ann)
    async with opened(f"{address}?token={token}") as first:
        await first.hear("ready")
        async with opened(f"{address}?token={token}") as second:
            assert await second.closed() == 4401
        await first.flush()


async def test_an_access_token_is_no_chat_token(served: Services, address: str) -> None:
    ann = await make.person(served)
    async with opened(f"{address}?token={ann.token}") as talker:
        assert await talker.closed() == 4401


@pytest.mark.parametrize(
    "frame", ["no JSON", '{"type": "ping"}', '{"type": "auth", "data": {"token": "nonsense"}}']
)
async def test_any_other_first_frame_closes_with_4401(address: str, frame: str) -> None:
    async with opened(address) as talker:
        await talker.send(frame)
        assert await talker.closed() == 4401


@pytest.mark.long
async def test_who_does_not_sign_in_is_sent_away(address: str) -> None:
    async with opened(address) as talker:
        assert await talker.closed() == 4401


async def test_the_end_of_the_session_closes_its_sockets(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    async with talking(served, address, ann, ann, ben) as (one, other, bens):
        async with served.database.transaction() as tx:
            await sessions.end_sessions(tx, ann.id)

        assert await one.closed() == 4401
        assert await other.closed() == 4401
        await bens.flush()


async def test_suspension_closes_the_sockets_of_a_member(served: Services, address: str) -> None:
    ann = await make.person(served)
    async with talking(served, address, ann) as (talker,):
        await make.suspended(served, ann)

        assert await talker.closed() == 4401


@pytest.mark.long
async def test_a_frame_of_64_kib_is_taken_and_a_larger_one_closes_with_1009(
    served: Services, address: str
) -> None:
    ann = await make.person(served)
    head, tail = '{"type": "ping", "id": 1, "data": "', '"}'
    for letter, rest in (("x", 1), ("é", 2)):
        room = MAX_MESSAGE_BYTES - len(head) - len(tail)
        filling = letter * (room // rest) + "x" * (room % rest)
        async with talking(served, address, ann) as (talker,):
            await talker.send(head + filling + tail)
            await talker.find(lambda frame: frame["type"] == "pong")
            await talker.send(head + filling + "x" + tail)
            assert await talker.closed() == 1009
    async with talking(served, address, ann) as (talker,):
        await talker.send(b"x" * 1_000_000)
        assert await talker.closed() == 1009


async def test_more_sockets_than_a_member_needs_are_closed(served: Services, address: str) -> None:
    ann = await make.person(served)
    people = [ann] * rules.MAX_SOCKETS_OF_A_MEMBER
    async with talking(served, address, *people) as talkers:
        async with opened(f"{address}?token={_token(served, ann)}") as late:
            assert await late.closed() == 4409
        await talkers[0].close()
        async with talking(served, address, ann):
            pass


async def test_a_socket_is_in_so_many_conversations(served: Services, address: str) -> None:
    ann = await make.person(served)
    places = [
        str(await make.conversation(served, "room", ann)) for _ in range(rules.MAX_JOINED + 1)
    ]
    async with talking(served, address, ann) as (talker,):
        for place in places[:-1]:
            await talker.done("join", conversation_id=place)
        assert await talker.refused("join", conversation_id=places[-1]) == "too_many_joined"
        # One that it is in already is no more.
        await talker.done("join", conversation_id=places[0])
        await talker.done("leave", conversation_id=places[0])
        await talker.done("join", conversation_id=places[-1])


async def test_other_sockets_are_none_of_ours(server: Server) -> None:
    for path in ("/", "/api/v1/tracks", "/api/v1/chat/ws/more"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{server.port}{path}")
        assert refused.value.response.status_code in {403, 404}
    assert "crash" not in server.log


async def test_who_asks_without_a_socket_is_told_to_open_one(server: Server) -> None:
    url = f"{server.url}/api/v1/chat/ws"
    async with httpx.AsyncClient() as client:
        for method in ("GET", "HEAD", "POST"):
            answer = await client.request(method, url)
            assert answer.status_code == 426
            assert answer.headers["upgrade"] == "websocket"
            assert method == "HEAD" or answer.json()["code"] == "upgrade_required"


async def test_during_maintenance_nobody_gets_in_and_nothing_is_said(
    served: Services, address: str
) -> None:
    ann = await make.person(served)
    room = str(await make.conversation(served, "room", ann))

    async def switch(*, is_on: bool) -> None:
        async with served.database.transaction() as tx:
            await control.set_maintenance(tx, MaintenanceChange(enabled=is_on))

    async with talking(served, address, ann) as (talker,):
        await switch(is_on=True)
        try:
            # The server learns of it within a second.
            await until_refused(talker, room)
            assert await talker.refused("join", conversation_id=room) == "maintenance"
            await talker.flush()
            async with opened(f"{address}?token={_token(served, ann)}") as late:
                assert await late.closed() == 1013
        finally:
            await switch(is_on=False)
        await until_joined(talker, room)


async def until_refused(talker: Talker, room: str) -> None:
    async def is_refused() -> bool:
        return (await talker.ask("join", conversation_id=room))["type"] == "error"

    await until(is_refused)


async def until_joined(talker: Talker, room: str) -> None:
    async def is_joined() -> bool:
        return (await talker.ask("join", conversation_id=room))["type"] == "ack"

    await until(is_joined)


def test_what_is_gone_for_a_while_says_when_to_come_again() -> None:
    told = msgspec.json.decode(text_of(_refusal(1, {}, Unavailable()).data))["data"]
    assert (told["code"], told["retry_after"]) == ("unavailable", rules.TRY_AGAIN_S)
    told = msgspec.json.decode(text_of(_refusal(1, {}, BadFrame()).data))["data"]
    assert "retry_after" not in told
