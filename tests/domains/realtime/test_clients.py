"""The clients in `docs/chat.md` run as printed, and lose nothing when connections break."""

import asyncio
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests import make
from tests.domains.realtime.chat_client import PATIENCE_S, connected
from tests.domains.realtime.documentation_steps import blocks
from tests.journeys.served import Server
from veza.app.services import Services

pytestmark = pytest.mark.long

# More than one `sync` brings: ten pages of a hundred.
MANY = 1100

type Start = Callable[[str, make.Person, str], Awaitable[Process]]


def _find_node() -> list[str]:
    """Node.js with `WebSocket` in it, which older ones have behind an option."""
    for options in ([], ["--experimental-websocket"]):
        command = [shutil.which("node") or "no-node-here", *options]
        try:
            probe = subprocess.run(
                [*command, "-e", "new WebSocket('ws://localhost:1').onerror = () => {}"],
                capture_output=True,
                check=False,
                timeout=60,
            )
        except OSError:
            break
        if probe.returncode == 0:
            return command
    pytest.skip("There is no Node.js here that knows WebSockets.")


@pytest.fixture(params=["python", "javascript"])
async def start(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Start]:
    """Start a client as somebody in a conversation: `await start(url, ann, place)`."""
    is_python = request.param == "python"
    command = [sys.executable] if is_python else _find_node()
    program = tmp_path / ("chat.py" if is_python else "chat.mjs")
    program.write_text(blocks(request.param)[0])
    started: list[Process] = []

    async def run(url: str, person: make.Person, place: str) -> Process:
        words = (*command, str(program), url, person.token, place)
        client = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        started.append(client)
        return client

    yield run
    for client in started:
        with suppress(ProcessLookupError):
            client.kill()
        # To the end of its output: its pipes are closed then.
        await client.communicate()


async def show(client: Process, last: str) -> list[str]:
    """Read what a client shows until it shows a certain thing."""
    assert client.stdout
    shown: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        while not shown or last not in shown[-1]:
            line = await client.stdout.readline()
            assert line, shown
            shown.append(line.decode().strip())
    return shown


async def end(client: Process) -> int:
    """Tell a client that there is no more to say, and how it ends."""
    assert client.stdin
    client.stdin.close()
    async with asyncio.timeout(PATIENCE_S):
        return await client.wait()


async def test_the_client_fails_with_the_reason_if_it_cannot_join(
    served: Services, server: Server, start: Start
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "group", ben))

    client = await start(server.url, ann, place)

    # What is typed has not ended yet.
    assert client.stderr
    async with asyncio.timeout(PATIENCE_S):
        complaints = await client.stderr.read()
        assert await client.wait() == 1
    assert b"conversation_not_found" in complaints


async def test_the_client_sends_its_input_and_prints_messages(
    served: Services, server: Server, address: str, start: Start
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "direct", ann, ben))
    async with connected(served, address, ben) as (other,):
        await other.ack("join", conversation_id=place)
        client = await start(server.url, ann, place)
        assert client.stdin
        # It is too long, and stays so however often it is sent.
        client.stdin.write(b"x" * 5000 + b"\nIs anybody there?\n")
        heard = await other.receive("message", content="Is anybody there?")
        assert heard["sender"]["id"] == str(ann.id)
        await other.ack("message", conversation_id=place, content="Somebody is.")

        shown = await show(client, "Somebody is.")

        assert shown[-1] == f"{ben.username}: Somebody is."
        assert await end(client) == 0


class Line:
    """What lies between a client and the server, and can be cut."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: set[asyncio.StreamWriter] = set()
        self._is_cut = False

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Put somebody through to the server, and back."""
        if self._is_cut:
            writer.transport.abort()
            return
        behind, ahead = await asyncio.open_connection("127.0.0.1", self._port)
        self._ends |= {writer, ahead}
        await asyncio.gather(_pass_on(reader, ahead), _pass_on(behind, writer))

    def cut(self) -> None:
        """Break off all that goes on; nobody is put through until it is mended."""
        self._is_cut = True
        while self._ends:
            self._ends.pop().transport.abort()

    def mend(self) -> None:
        self._is_cut = False


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await source.read(65_536):
            target.write(chunk)
            await target.drain()
    target.close()


@asynccontextmanager
async def a_line_to(server: Server) -> AsyncIterator[tuple[Line, str]]:
    """Lay a line to a server, and give the address at its other end."""
    line = Line(server.port)
    async with await asyncio.start_server(line.take, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        try:
            yield line, f"http://127.0.0.1:{port}"
        finally:
            line.cut()


async def test_the_client_loses_and_repeats_nothing_when_connections_break(
    served: Services, server: Server, address: str, start: Start
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = str(await make.conversation(served, "direct", ann, ben))
    async with (
        a_line_to(server) as (line, url),
        connected(served, address, ben) as (other,),
    ):
        await other.ack("join", conversation_id=place)
        client = await start(url, ann, place)
        assert client.stdin
        client.stdin.write(b"First\n")
        await show(client, "First")

        line.cut()
        client.stdin.write(b"Typed meanwhile\n")
        await _say_many(served, ben, place)
        line.mend()
        shown = await show(client, "Typed meanwhile")

        expected = [f"{ben.username}: {n}" for n in range(MANY)]
        assert shown == [*expected, f"{ann.username}: Typed meanwhile"]
        assert await end(client) == 0
        await other.flush()
        assert [said["number"] for said in other.all("message") if said["client_id"]] == [
            1,
            MANY + 2,
        ]


async def _say_many(services: Services, sender: make.Person, place: str) -> None:
    """Have somebody say numbers, quicker than one by one."""
    async with services.database.transaction() as tx:
        await tx.run(
            """
            with head as (
                update conversations
                   set last_seq = last_seq + $3, last_number = last_number + $3
                 where id = $1
             returning last_seq - $3 as seq, last_number - $3 as number
            ), said as (
                insert into messages (id, conversation_id, seq, number, sender_id, content)
                select gen_random_uuid(), $1, seq + n, number + n, $2, (n - 1)::text
                  from head, generate_series(1, $3::integer) n
                returning id, seq
            )
            insert into conversation_events (conversation_id, seq, type, message_id)
            select $1, seq, 'message', id from said
            """,
            *(place, sender.id, MANY),
        )
