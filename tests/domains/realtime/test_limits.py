"""Rate limits of a connection, and slow readers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests import make
from tests.domains.realtime.chat_client import connected
from tests.journeys.served import Server, filled
from veza.app.services import Services, open_services
from veza.app.settings.setting_types import Environment
from veza.app.settings.settings import Settings
from veza.domains.realtime import service

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
async def strict() -> AsyncIterator[Server]:
    """A server with limits of frames."""
    settings = {"VEZA_RATE_LIMIT_PER_IP": "100000", "VEZA_RATE_LIMIT_FRAMES": "20"}
    with filled("--workers", "1", "--no-worker", **settings) as made:
        await asyncio.to_thread(made.start)
        yield made
        await asyncio.to_thread(made.stop)


async def test_too_many_frames_close_with_4408(strict: Server) -> None:
    settings = Settings(env=Environment.TEST, data_dir=strict.data_dir)
    address = f"ws://127.0.0.1:{strict.port}/api/v1/chat/ws"
    async with open_services(settings) as services:
        ann = await make.person(services)
        async with connected(services, address, ann, ann) as (hasty, calm):
            # Twice as many as a second has are let through at once.
            for _ in range(40):
                await hasty.send("ping")
            await hasty.wait_for(lambda frame: frame.get("id") == 40)
            # So many that more than a second's worth is left, however long it takes to send them.
            with suppress(ConnectionClosed):
                for _ in range(300):
                    await hasty.send("ping")
            assert await hasty.closed() == 4408
            await calm.flush()


async def test_too_many_bytes_close_with_4408(strict: Server) -> None:
    settings = Settings(env=Environment.TEST, data_dir=strict.data_dir)
    address = f"ws://127.0.0.1:{strict.port}/api/v1/chat/ws"
    async with open_services(settings) as services:
        ann = await make.person(services)
        async with connected(services, address, ann) as (reader,):
            with suppress(ConnectionClosed):
                # So many that it is too much however long it takes to send them.
                for _ in range(60):
                    await reader.send("ping", padding="x" * 60_000)
            assert await reader.closed() == 4408


async def test_slow_readers_are_closed_with_1013_and_delay_nobody(
    served: Services, address: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    room = str(await make.conversation(served, "room", ann, ben))
    token = service.issue_token(served.chat_tokens, ben.member).token
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.connect(("127.0.0.1", int(address.split(":")[2].split("/", maxsplit=1)[0])))
    own.setblocking(False)
    async with (
        connected(served, address, ann) as (reader,),
        connect(f"{address}?token={token}", sock=own, max_queue=1, ping_interval=None) as sluggard,
    ):
        await reader.ack("join", conversation_id=room)
        await sluggard.send('{"type": "join", "data": {"conversation_id": "' + room + '"}}')
        await reader.receive("presence", user_id=str(ben.id), status="online")

        # Until it is seen that they went: what the system holds for them takes some of it too.
        said = 0
        while not any(one["status"] == "offline" for one in reader.all("presence")):
            assert said < 5000
            said += 1
            await reader.ack("message", conversation_id=room, content="語" * 4000)

        await reader.receive("message", seq=said)
        assert reader.seqs == list(range(1, said + 1))
        # They come to it once they read on.
        await _read_to_the_end(sluggard)
        assert sluggard.close_code == 1013


async def _read_to_the_end(socket: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        while True:
            await socket.recv()
