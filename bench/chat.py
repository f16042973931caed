"""Measure the delivery of messages in a room, compared with a bare broadcast server.

500 clients in one room, 100 messages a second: each is stored, acknowledged, and sent to all. The
reference runs in Node with `ws`, without storage or authentication. The clients are the same for
both, and run on the same machine. Then the same beside a process that takes all it gets of a core.
"""

import shutil
import sys

import msgspec

from bench.clients import Outcome, Task
from bench.install import PEERS, PeerMissing, install_node_package
from bench.plan import Plan, Topic
from bench.processes import output_of, running
from bench.ratios import Case, Result, Sample, Skipped, compute_ratio
from bench.server import Server, free_port, running_server, until_open
from veza.core.access import Member, Role
from veza.core.ids import ConversationId, SessionId, UserId, new_id
from veza.domains.realtime import service as chat

CLIENTS = 500
A_SECOND = 100
WARM_S = 3.0
SECONDS = 8.0
MAX_ROUNDS = 3

MAX_BUSY_ROUNDS = 2

_REFERENCE = "bare ws"
_BUSY = "while True: pass"


def _list_cases(where: str) -> tuple[Case, Case]:
    """Return the cases of the share that is delivered, and of the lag."""
    name = f"500 clients, 100 messages/s{where}"
    delivered = Case("chat", f"{name}: delivered", _REFERENCE, "deliveries/s", goal=0.99)
    lag = Case("chat", f"{name}: p99 lag", _REFERENCE, "ms", is_lower_better=True)
    return delivered, lag


_ALONE = _list_cases("")
_BESIDE_BUSY = _list_cases(" beside a busy process")
_BARE = "broadcast.mjs"
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


async def run(plan: Plan) -> list[Result]:
    """Compare both servers in several rounds."""
    try:
        node, folder = await install_node_package("ws@8")
    except PeerMissing as error:
        return [Skipped(case, str(error)) for case in (*_ALONE, *_BESIDE_BUSY)]
    shutil.copy(PEERS / _BARE, folder)
    port = free_port()
    async with running(node, _BARE, str(port), cwd=folder), running_server() as server:
        await until_open(port)
        results = await _compare(server, port, _ALONE, min(plan.rounds, MAX_ROUNDS))
        async with running(sys.executable, "-c", _BUSY):
            rounds = min(plan.rounds, MAX_BUSY_ROUNDS)
            results += await _compare(server, port, _BESIDE_BUSY, rounds)
        print(f"memory            {server.rss_mib():6.0f} MiB of the HTTP process")
    return results


async def _compare(
    server: Server, port: int, cases: tuple[Case, Case], rounds: int
) -> list[Result]:
    bare: list[Outcome] = []
    ours: list[Outcome] = []
    for _ in range(rounds):
        bare.append(await _run_clients(_plan_bare(port)))
        ours.append(await _measure(server))
    share, lag = cases
    return [
        compute_ratio(share, _delivered(ours), _delivered(bare)),
        compute_ratio(lag, _lags(ours), _lags(bare)),
    ]


def _delivered(outcomes: list[Outcome]) -> list[Sample]:
    return [Sample(o.delivered_a_second, p99_ms=o.lag_p99_ms) for o in outcomes]


def _lags(outcomes: list[Outcome]) -> list[Sample]:
    return [Sample(o.lag_p99_ms, p50_ms=o.lag_p50_ms, p99_ms=o.lag_p99_ms) for o in outcomes]


async def _measure(server: Server) -> Outcome:
    """Measure Veza in a new room, and check that every acknowledged message is stored."""
    room_id = ConversationId(new_id())
    ours = await _run_clients(await _plan_ours(server, room_id))
    async with server.services.database.read() as conn:
        sql = "select last_number from conversations where id = $1"
        stored = await conn.value(int, sql, room_id)
    # Where the machine is overloaded, the last messages are acknowledged too late to be counted.
    if stored < ours.acknowledged or ours.closed:
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
    data = msgspec.json.encode(task)
    output = await output_of(sys.executable, "-m", "bench.clients", data=data)
    return msgspec.json.decode(output, type=Outcome)


TOPIC = Topic("chat", run)
