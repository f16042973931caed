"""Two servers on the same engines: acknowledged messages survive when either is killed."""

import asyncio
from contextlib import suppress
from itertools import cycle
from uuid import UUID

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests import make
from tests.domains.realtime.chat_client import connected
from tests.domains.realtime.multiple_servers_steps import _address, running
from veza.app.services import Services
from veza.core.ids import ConversationId
from veza.domains.realtime import service

pytestmark = pytest.mark.long

PATIENCE_S = 240.0


class Guest:
    """Somebody in a room, who says some words and comes back whenever they are cut off.

    `seqs` and `ids` are what they heard, in the order in which it came.
    """

    def __init__(self, services: Services, person: make.Person, room: ConversationId) -> None:
        self._services = services
        self._person = person
        self.room = room
        self.seqs: list[int] = []
        self.ids: list[str] = []
        self.acknowledged: dict[str, str] = {}
        self.cuts = 0
        self._socket: ClientConnection | None = None
        self._news = asyncio.Condition()

    async def stay(self, addresses: list[str]) -> None:
        """Be there, by the first address and then by the next, until cancelled."""
        for address in cycle(addresses):
            token = service.issue_token(self._services.chat_tokens, self._person.member).token
            with suppress(ConnectionClosed, InvalidHandshake, OSError, EOFError):
                async with connect(f"{address}?token={token}") as socket:
                    last = self.seqs[-1] if self.seqs else 0
                    await _send(socket, "join", conversation_id=str(self.room), since=last)
                    self._socket = socket
                    async for text in socket:
                        await self._hear(msgspec.json.decode(text))
            self._socket = None
            self.cuts += 1
            await asyncio.sleep(0.05)

    async def talk(self, words: int, killed: asyncio.Event) -> None:
        """Send messages, each until it is acknowledged, and the last after a server was killed."""
        for number in range(words):
            if number == words - 1:
                await killed.wait()
            client_id = f"{self._person.username}-{number}"
            while client_id not in self.acknowledged:
                data = {"conversation_id": str(self.room), "client_id": client_id}
                if self._socket is not None:
                    with suppress(ConnectionClosed):
                        await _send(self._socket, "message", content=f"Word {number}", **data)
                with suppress(TimeoutError):
                    async with asyncio.timeout(2), self._news:
                        await self._news.wait_for(
                            lambda known=client_id: known in self.acknowledged
                        )

    async def get_through(self, words: int) -> None:
        """Wait until so many words are acknowledged."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.acknowledged) >= words)

    async def hear_up_to(self, seq: int) -> None:
        """Wait until everything up to a seq was heard."""
        async with self._news:
            await self._news.wait_for(lambda: bool(self.seqs) and self.seqs[-1] >= seq)

    async def _hear(self, frame: dict) -> None:
        data = frame["data"]
        said = [data] if frame["type"] == "message" else data.get("messages", [])
        async with self._news:
            self.seqs += [one["seq"] for one in said]
            self.ids += [one["id"] for one in said]
            if frame["type"] == "ack" and data.get("client_id"):
                self.acknowledged[data["client_id"]] = data["message_id"]
            self._news.notify_all()


async def _send(socket: ClientConnection, kind: str, **data: object) -> None:
    await socket.send(msgspec.json.encode({"type": kind, "data": data}).decode())


@pytest.mark.parametrize(
    ("clients", "rooms", "words"),
    [(20, 3, 12), pytest.param(200, 20, 30, marks=pytest.mark.long)],
)
async def test_killing_servers_loses_repeats_and_reorders_nothing(
    services: Services, clients: int, rooms: int, words: int
) -> None:
    maker = await make.person(services)
    places = [await make.conversation(services, "room", maker) for _ in range(rooms)]
    guests = [
        Guest(services, await make.person(services), places[number % rooms])
        for number in range(clients)
    ]
    async with (
        running(services, 2, "--workers", "1") as servers,
        asyncio.timeout(PATIENCE_S),
        asyncio.TaskGroup() as group,
    ):
        here, there = (_address(server) for server in servers)
        staying = [
            group.create_task(guest.stay([here, there] if number % 2 else [there, here]))
            for number, guest in enumerate(guests)
        ]
        killed = asyncio.Event()
        talking = [group.create_task(guest.talk(words, killed)) for guest in guests]

        for guest in guests[:rooms]:
            await guest.get_through(words // 2)
        servers[0].kill()
        killed.set()
        await asyncio.wait(talking)

        async with services.database.read() as conn:
            heads = {
                place: await conn.value(
                    int, "select last_seq from conversations where id = $1", place
                )
                for place in places
            }
        for guest in guests:
            await guest.hear_up_to(heads[guest.room] or 0)
        for task in staying:
            task.cancel()

    assert sum(guest.cuts for guest in guests) >= clients // 2
    for place in places:
        present = [guest for guest in guests if guest.room == place]
        said = {name for guest in present for name in guest.acknowledged.values()}
        assert heads[place] == len(said) == len(present) * words
        for guest in present:
            assert guest.seqs == list(range(1, len(said) + 1))
            assert guest.ids == present[0].ids
            assert set(guest.ids) == said


async def test_messages_reach_clients_of_another_server(services: Services) -> None:
    ann, ben = [await make.person(services) for _ in range(2)]
    place = str(await make.conversation(services, "direct", ann, ben))
    async with running(services, 2, "--workers", "1") as servers:
        here, there = (_address(server) for server in servers)
        async with (
            connected(services, here, ann) as (one,),
            connected(services, there, ben) as (other,),
        ):
            for socket in (one, other):
                await socket.ack("join", conversation_id=place)
            said = await one.ack("message", conversation_id=place, content="Over there?")
            await other.receive("message", id=said["message_id"])
            await other.send("typing", conversation_id=place)
            await one.receive("typing", user_id=str(ben.id), conversation_id=place)
            await other.ack("read", conversation_id=place)
            await one.receive("read", user_id=str(ben.id), number=1)
            await one.receive("presence", user_id=str(ben.id), status="online")
            await other.receive("presence", user_id=str(ann.id), status="online")
            await other.close()
            await one.receive("presence", user_id=str(ben.id), status="offline")


async def test_on_shutdown_all_sockets_are_closed_with_1012(services: Services) -> None:
    people = [await make.person(services) for _ in range(8)]
    async with running(services, 1, "--workers", "2") as (server,):
        async with connected(services, _address(server), *people) as sockets:
            server.terminate()
            assert {await socket.closed() for socket in sockets} == {1012}
        await asyncio.to_thread(server.ensure_stopped)
        assert UUID(sockets[0].all("ready")[0]["user_id"]) == people[0].id
