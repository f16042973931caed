"""Measure the delivery of messages in a room, compared with a bare broadcast server.

500 clients in one room, 100 messages a second: each is stored, acknowledged, and sent to all. The
reference runs in Node with `ws`, without storage or authentication. The clients are the same for
both, and run on the same machine.
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
# Targets: the share of the bare server's deliveries, and the 99th percentile of the lag.
SHARE = 0.8
LAG_MS = 100.0

_BARE = Path(__file__).with_name("broadcast.mjs")
# Makes the messages of the bare server as long as the events of ours.
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
    """Compare both servers in several rounds and print the results."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        print("Node.js and npm are needed for the comparison.")
        return
    rounds: list[tuple[Outcome, Outcome]] = []
    async with _running_bare(node) as port, running_server() as server:
        for _ in range(ROUNDS):
            bare = await _run_clients(_plan_bare(port))
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
    """Measure Veza in a new room, and check that every message was stored."""
    room_id = ConversationId(new_id())
    cpu_s = server.cpu_s()
    ours = await _run_clients(await _plan_ours(server, room_id))
    cpu = (server.cpu_s() - cpu_s) / (WARM_S + SECONDS)
    print(f"                  {cpu:6.0%} of a core in the HTTP process")
    async with server.services.database.read() as conn:
        sql = "select last_number from conversations where id = $1"
        stored = await conn.value(int, sql, room_id)
    if not stored == ours.acknowledged == ours.sent or ours.closed:
        raise RuntimeError(f"{stored} messages are stored: {ours}")
    return ours


async def _plan_ours(server: Server, room_id: ConversationId) -> Task:
    user_ids = [UserId(new_id()) for _ in range(CLIENTS)]
    sessions = [SessionId(new_id()) for _ in range(CLIENTS)]
    async with server.services.database.transaction() as tx:
        await tx.run("delete from users")
        await tx.value(int, _INSERT_MEMBERS, user_ids, sessions)
        await tx.run(_INSERT_ROOM, room_id)
    tokens = [
        chat.issue_token(server.services.chat_tokens, Member(user_id, Role.USER, session_id)).token
        for user_id, session_id in zip(user_ids, sessions, strict=True)
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


async def _run_clients(task: Task) -> Outcome:
    """Run the clients in a separate process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.clients"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(msgspec.json.encode(task))
    outcome = msgspec.json.decode(output, type=Outcome)
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
