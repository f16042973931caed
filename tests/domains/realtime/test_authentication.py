"""Authentication of connections, and each way in which they are closed."""

import httpx
import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests import make
from tests.domains.realtime.chat_client import ChatSocket, connected, opened, text_of
from tests.infra.waiting import until
from tests.journeys.served import Server
from veza.app.services import Services
from veza.core.errors import Unavailable
from veza.domains.auth.sessions import service as sessions
from veza.domains.platform.site_controls import service as control
from veza.domains.platform.site_controls.models import MaintenanceChange
from veza.domains.realtime import rules, service
from veza.domains.realtime.errors import BadFrame
from veza.domains.realtime.sockets import _error_frame  # pyright: ignore[reportPrivateUsage]
from veza.server.config import MAX_MESSAGE_BYTES


def _token(services: Services, person: make.Person) -> str:
    return service.issue_token(services.chat_tokens, person.member).token


@pytest.mark.long
async def test_the_token_comes_in_the_address(served: Services, address: str) -> None:
    ann = await make.person(served)
    async with opened(f"{address}?token={_token(served, ann)}") as socket:
        ready = await socket.receive("ready")
        assert ready == {"user_id": str(ann.id), "ping_seconds": 30}


async def test_the_token_comes_as_a_subprotocol_which_is_echoed(
    served: Services, address: str
) -> None:
    ann = await make.person(served)
    protocol = f"veza.chat.{_token(served, ann)}"
    async with opened(address, subprotocols=["other", protocol]) as socket:
        await socket.receive("ready", user_id=str(ann.id))
        assert socket.websocket.subprotocol == protocol


async def test_the_token_comes_in_the_first_frame(served: Services, address: str) -> None:
    ann = await make.person(served)
    async with opened(address) as socket:
        await socket.send("auth", token=_token(served, ann))
        await socket.receive("ready", user_id=str(ann.id))


async def test_another_subprotocol_is_not_echoed(served: Services, address: str) -> None:
    ann = await make.person(served)
    async with opened(f"{address}?token={_token(served, ann)}", subprotocols=["chat"]) as socket:
        await socket.receive("ready")
        assert socket.websocket.subprotocol is None


@pytest.mark.parametrize("query", ["?token=nonsense", "?token=%00", "?token=a&token=b"])
async def test_a_bad_token_closes_with_4401(address: str, query: str) -> None:
    async with opened(address + query) as socket:
        assert await socket.closed() == 4401
        assert socket.received == []


async def test_a_spent_token_closes_with_4401(served: Services, address: str) -> None:
    ann = await make.person(served)
    token = _token(served, ann)
    async with opened(f"{address}?token={token}") as first:
        await first.receive("ready")
        async with opened(f"{address}?token={token}") as second:
            assert await second.closed() == 4401
        await first.flush()


async def test_an_access_token_is_no_chat_token(served: Services, address: str) -> None:
    ann = await make.person(served)
    async with opened(f"{address}?token={ann.token}") as socket:
        assert await socket.closed() == 4401


@pytest.mark.parametrize(
    "frame", ["no JSON", '{"type": "ping"}', '{"type": "auth", "data": {"token": "nonsense"}}']
)
async def test_any_other_first_frame_closes_with_4401(address: str, frame: str) -> None:
    async with opened(address) as socket:
        await socket.send_raw(frame)
        assert await socket.closed() == 4401


@pytest.mark.long
async def test_without_authentication_the_socket_closes(address: str) -> None:
    async with opened(address) as socket:
        assert await socket.closed() == 4401


async def test_the_end_of_the_session_closes_its_sockets(served: Services, address: str) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    async with connected(served, address, ann, ann, ben) as (one, other, bens):
        async with served.database.transaction() as tx:
            await sessions.end_sessions(tx, ann.id)

        assert await one.closed() == 4401
        assert await other.closed() == 4401
        await bens.flush()


async def test_suspension_closes_the_sockets_of_a_member(served: Services, address: str) -> None:
    ann = await make.person(served)
    async with connected(served, address, ann) as (socket,):
        await make.suspended(served, ann)

        assert await socket.closed() == 4401


@pytest.mark.long
async def test_frames_larger_than_64_kib_close_with_1009(served: Services, address: str) -> None:
    ann = await make.person(served)
    head, tail = '{"type": "ping", "id": 1, "data": "', '"}'
    for letter, rest in (("x", 1), ("é", 2)):
        room = MAX_MESSAGE_BYTES - len(head) - len(tail)
        filling = letter * (room // rest) + "x" * (room % rest)
        async with connected(served, address, ann) as (socket,):
            await socket.send_raw(head + filling + tail)
            await socket.wait_for(lambda frame: frame["type"] == "pong")
            await socket.send_raw(head + filling + "x" + tail)
            assert await socket.closed() == 1009
    async with connected(served, address, ann) as (socket,):
        await socket.send_raw(b"x" * 1_000_000)
        assert await socket.closed() == 1009


async def test_a_member_has_at_most_twenty_connections(served: Services, address: str) -> None:
    ann = await make.person(served)
    people = [ann] * rules.MAX_CONNECTIONS_PER_MEMBER
    async with connected(served, address, *people) as sockets:
        async with opened(f"{address}?token={_token(served, ann)}") as late:
            assert await late.closed() == 4409
        await sockets[0].close()
        async with connected(served, address, ann):
            pass


async def test_a_connection_joins_at_most_100_conversations(served: Services, address: str) -> None:
    ann = await make.person(served)
    places = [
        str(await make.conversation(served, "room", ann)) for _ in range(rules.MAX_JOINED + 1)
    ]
    async with connected(served, address, ann) as (socket,):
        for place in places[:-1]:
            await socket.ack("join", conversation_id=place)
        assert await socket.error_code("join", conversation_id=places[-1]) == "too_many_joined"
        # One that it is in already is no more.
        await socket.ack("join", conversation_id=places[0])
        await socket.ack("leave", conversation_id=places[0])
        await socket.ack("join", conversation_id=places[-1])


async def test_other_paths_are_passed_on(server: Server) -> None:
    for path in ("/", "/api/v1/tracks", "/api/v1/chat/ws/more"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{server.port}{path}")
        assert refused.value.response.status_code in {403, 404}
    assert "crash" not in server.log


async def test_plain_http_requests_are_answered_with_426(server: Server) -> None:
    url = f"{server.url}/api/v1/chat/ws"
    async with httpx.AsyncClient() as client:
        for method in ("GET", "HEAD", "POST"):
            answer = await client.request(method, url)
            assert answer.status_code == 426
            assert answer.headers["upgrade"] == "websocket"
            assert method == "HEAD" or answer.json()["code"] == "upgrade_required"


async def test_maintenance_refuses_connections_and_frames(served: Services, address: str) -> None:
    ann = await make.person(served)
    room = str(await make.conversation(served, "room", ann))

    async def switch(*, is_on: bool) -> None:
        async with served.database.transaction() as tx:
            await control.set_maintenance(tx, MaintenanceChange(enabled=is_on))

    async with connected(served, address, ann) as (socket,):
        await switch(is_on=True)
        try:
            # The server learns of it within a second.
            await until_refused(socket, room)
            assert await socket.error_code("join", conversation_id=room) == "maintenance"
            await socket.flush()
            async with opened(f"{address}?token={_token(served, ann)}") as late:
                assert await late.closed() == 1013
        finally:
            await switch(is_on=False)
        await until_joined(socket, room)


async def until_refused(socket: ChatSocket, room: str) -> None:
    async def is_refused() -> bool:
        return (await socket.request("join", conversation_id=room))["type"] == "error"

    await until(is_refused)


async def until_joined(socket: ChatSocket, room: str) -> None:
    async def is_joined() -> bool:
        return (await socket.request("join", conversation_id=room))["type"] == "ack"

    await until(is_joined)


def test_errors_for_unavailable_services_have_retry_after() -> None:
    told = msgspec.json.decode(text_of(_error_frame(1, {}, Unavailable()).data))["data"]
    assert (told["code"], told["retry_after"]) == ("unavailable", rules.RETRY_AFTER_S)
    told = msgspec.json.decode(text_of(_error_frame(1, {}, BadFrame()).data))["data"]
    assert "retry_after" not in told
