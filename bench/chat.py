"""How fast messages reach everybody in a room, beside a bare broadcast server in the same minute.

500 clients in one room, 100 messages a second: every one is stored, acknowledged, and goes to all.
The other server runs in Node with `ws`: it keeps nothing and knows nobody. The clients, who are the
same for both, share the machine with them.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from bench.clients import Outcome, Task
from bench.server import Server, free_port, running_server, until_open
from veza.core.access import Member, Role
from veza.core.ids import ConversationId, SessionId, UserId, new_id
from veza.domains.realtime import service as chat

CLIENTS = 500
A_SECOND = 100
WARM_S = 3.0
SECONDS = 10.0
ROUNDS = 3
# Of the deliveries of the bare server, and at most so long after it was sent for 99 of 100.
SHARE = 0.8
LAG_MS = 100.0

_BARE = Path(__file__).with_name("broadcast.mjs")
# What the bare server passes on is as long as what ours makes of a message.
_PADDING = "-" * 330

_INSERT_MEMBERS = """
    with people as (
        insert into users (id, username, email, password_hash)
        select id, 'bench' || n, 'bench' || n || '@example.com', 'none'
          from unnest($1::uuid[]) with ordinality as given (id, n)
        returning id
    ), signed_in as (
        insert into sessions (id, user_id, device, ip, expires_at)
        select session_id, user_id, 'bench', '127.0.0.1', now() + interval '1 day'
          from unnest($1::uuid[], $2::uuid[]) as given (user_id, session_id)
    )
    select count(*) from people
"""
_INSERT_ROOM = """
    insert into conversations (id, type, name, folded_name, is_private)
         values ($1, 'room', 'Bench', 'bench', false)
"""


async def run() -> None:
    """Print the figures."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        print("There is no Node.js here to compare with.")
        return
    rounds: list[tuple[Outcome, Outcome]] = []
    async with _running_bare(node) as port, running_server() as server:
        for _ in range(ROUNDS):
            bare = await _talk(_plan_bare(port))
            ours = await _measure(server)
            rounds.append((bare, ours))
        memory = server.rss_mib()
    shares = sorted(ours.delivered_a_second / bare.delivered_a_second for bare, ours in rounds)
    lags = sorted(ours.lag_p99_ms for _, ours in rounds)
    share, lag = shares[len(shares) // 2], lags[len(lags) // 2]
    verdict = "within" if share >= SHARE and lag <= LAG_MS else "BEYOND"
    print(
        f"share             {share:6.2f} of the bare server's, {shares[0]:.2f} to {shares[-1]:.2f}"
    )
    print(f"lag, 99 of 100    {lag:6.1f} ms, {lags[0]:.1f} to {lags[-1]:.1f}")
    print(f"memory            {memory:6.0f} MiB of the HTTP process")
    print(f"({verdict} {SHARE:.1f} at {LAG_MS:.0f} ms)")


async def _measure(server: Server) -> Outcome:
    """Have everybody talk in a room of its own, and see that every message is there."""
    room_id = ConversationId(new_id())
    cpu_s = server.cpu_s()
    ours = await _talk(await _plan_ours(server, room_id))
    cpu = (server.cpu_s() - cpu_s) / (WARM_S + SECONDS)
    print(f"                  {cpu:6.0%} of a core in the HTTP process")
    async with server.services.database.read() as conn:
        sql = "select last_number from conversations where id = $1"
        stored = await conn.value(int, sql, room_id)
    if not stored == ours.acknowledged == ours.sent or ours.closed:
        raise RuntimeError(f"{stored} messages are stored: {ours}")
    return ours


async def _plan_ours(server: Server, room_id: ConversationId) -> Task:
    people = [UserId(new_id()) for _ in range(CLIENTS)]
    sessions = [SessionId(new_id()) for _ in range(CLIENTS)]
    async with server.services.database.transaction() as tx:
        await tx.run("delete from users")
        await tx.value(int, _INSERT_MEMBERS, people, sessions)
        await tx.run(_INSERT_ROOM, room_id)
    tokens = [
        chat.issue_token(server.services.chat_tokens, Member(user_id, Role.USER, session_id)).token
        for user_id, session_id in zip(people, sessions, strict=True)
    ]
    message = {"conversation_id": str(room_id), "client_id": "CLIENT_ID", "content": "STAMP"}
    return Task(
        port=server.port,
        paths=[f"/api/v1/chat/ws?token={token}" for token in tokens],
        hello=_frame("join", {"conversation_id": str(room_id)}),
        message=_frame("message", message),
        a_second=A_SECOND,
        warm_s=WARM_S,
        seconds=SECONDS,
    )


def _plan_bare(port: int) -> Task:
    message = {"client_id": "CLIENT_ID", "content": "STAMP", "padding": _PADDING}
    return Task(
        port=port,
        paths=["/"] * CLIENTS,
        hello=None,
        message=_frame("message", message),
        a_second=A_SECOND,
        warm_s=WARM_S,
        seconds=SECONDS,
    )


def _frame(kind: str, data: dict[str, str]) -> str:
    return msgspec.json.encode({"type": kind, "data": data}).decode()


async def _talk(task: Task) -> Outcome:
    """Have a process of its own be the clients."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.clients"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    written, _ = await process.communicate(msgspec.json.encode(task))
    outcome = msgspec.json.decode(written, type=Outcome)
    name = "Veza" if task.hello else "bare ws"
    print(
        f"{name:<18}{outcome.delivered_a_second:6,.0f} deliveries a second, lag "
        f"{outcome.lag_p50_ms:.1f} ms, 99 of 100 in {outcome.lag_p99_ms:.1f} ms"
    )
    return outcome


@asynccontextmanager
async def _running_bare(node: str) -> AsyncGenerator[int]:
    with tempfile.TemporaryDirectory(prefix="veza-bench-") as folder:
        shutil.copy(_BARE, folder)
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "ws@8"]
        installing = await asyncio.create_subprocess_exec(*install, cwd=folder)
        if await installing.wait() != 0:
            raise RuntimeError("npm could not install `ws`.")
        port = free_port()
        process = await asyncio.create_subprocess_exec(node, _BARE.name, str(port), cwd=folder)
        try:
            await until_open(port)
            yield port
        finally:
            process.terminate()
            await process.wait()
