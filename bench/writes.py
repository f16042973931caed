"""Writes: a like, a post and a message, beside pgbench with the same statements.

The requests of 200 members, on one HTTP process. pgbench executes what Veza was recorded to
execute, audit and outbox included.
"""

from collections.abc import Sequence
from functools import partial

import asyncpg
from msgspec import Struct

from bench.http_client import HttpConnection, encode_request
from bench.load import Request
from bench.pgbench import run_pgbench
from bench.plan import Plan, Topic
from bench.ratios import Case, Measure, Result, measure_rounds
from bench.recording import Replacements, recording
from bench.server import Launch, Server, running_server

API = "/api/v1"
REFERENCE = "pgbench, same statements"
# The most CPU of server and PostgreSQL, as a multiple of that of pgbench and PostgreSQL.
CPU_GOAL = 2.0
MEMBERS = 200
TRACKS = 2_000
# Where a conversation stands when its message is recorded: numbers that occur nowhere else.
_SEQ, _NUMBER = 7_654_321, 7_004_321
_WARM_REQUESTS = 40

_USER = "select id from bench.users where n = :u"
_TRACK = "select id from bench.tracks where n = :t"
_CONVERSATION = "select id from bench.conversations where n = :c"
_SENDER = "select user_id from bench.conversations where n = :c"
_RANDOM = f"""
\\set u random(1, {MEMBERS})
\\set t random(1, {TRACKS})
\\set c random(2, {MEMBERS})
"""


class Write(Struct, frozen=True):
    """A kind of write: its requests, those to record, and what to replace in their statements."""

    name: str
    requests: list[Request]
    recorded: list[Request]
    texts: dict[str, str]


async def run(plan: Plan) -> list[Result]:
    """Measure all writes and references, interleaved."""
    async with running_server(Launch(plan.folder)) as server:
        writes = await list_writes(server)
        measures: dict[str, Measure] = {}
        async with recording(server) as recorder:
            for write in writes:
                send = partial(server.measure, *write.requests, seconds=plan.seconds)
                measures[write.name] = send
                await _send_all(server, write.requests[:_WARM_REQUESTS])
                statements = await recorder.record(partial(_send_all, server, write.recorded))
                script = await recorder.script(statements, Replacements(write.texts, _RANDOM))
                measures[f"{write.name} {REFERENCE}"] = partial(
                    run_pgbench,
                    server.addresses.migration,
                    script,
                    server.read_cpu,
                    seconds=plan.seconds,
                    runs=len(write.recorded),
                )
        rounds = await measure_rounds(plan.rounds, measures)
    return [
        rounds.ratio(
            Case("writes", write.name, REFERENCE, cpu_goal=CPU_GOAL),
            write.name,
            f"{write.name} {REFERENCE}",
        )
        for write in writes
    ]


async def list_writes(server: Server) -> list[Write]:
    """Return the writes on a filled server."""
    connection = await asyncpg.connect(server.addresses.migration)
    try:
        users = await connection.fetch("select id from bench.users order by n limit $1", MEMBERS)
        tracks = await connection.fetch("select id from bench.tracks order by n limit $1", TRACKS)
        talks = await connection.fetch(
            "select id, user_id from bench.conversations order by n limit $1", MEMBERS
        )
        await connection.execute(_MARK_CONVERSATION, talks[0]["id"], _SEQ, _NUMBER)
    finally:
        await connection.close()
    tokens = [server.sign_in(row["id"]) for row in users]
    paths = [f"{API}/tracks/{row['id']}/like" for row in tracks]
    texts = {str(users[0]["id"]): _USER}
    messages = [_message(row["id"], server.sign_in(row["user_id"])) for row in talks]
    return [
        Write(
            name="like or unlike",
            requests=_list_likes(paths, tokens),
            recorded=[Request(paths[0], method, tokens[0]) for method in ("POST", "DELETE")],
            texts=texts | {str(tracks[0]["id"]): _TRACK},
        ),
        Write(
            name="post",
            requests=[_post(token) for token in tokens],
            recorded=[_post(tokens[0])],
            texts=texts,
        ),
        Write(
            name="message",
            requests=messages[1:],
            recorded=messages[:1],
            texts=_texts_of_message(talks[0]),
        ),
    ]


_MARK_CONVERSATION = """
    update conversations set last_seq = $2, last_number = $3 where id = $1
"""


def _list_likes(paths: list[str], tokens: list[str]) -> list[Request]:
    """Return likes of all members, then their ends, then those of other tracks."""
    return [
        Request(paths[(start + n) % len(paths)], method, token)
        for start in range(0, len(paths), len(tokens))
        for method in ("POST", "DELETE")
        for n, token in enumerate(tokens)
    ]


def _post(token: str) -> Request:
    body = '{"content":"A new mix is up, please write about its second half. COUNT"}'
    return Request(f"{API}/social/posts", "POST", token, body=body)


def _message(conversation_id: object, token: str) -> Request:
    path = f"{API}/conversations/{conversation_id}/messages"
    return Request(path, "POST", token, body='{"content":"About the rehearsal. COUNT"}')


def _texts_of_message(talk: asyncpg.Record) -> dict[str, str]:
    """Return what replaces the ids of a message, and the numbers that Veza computed for it."""
    texts = {str(talk["id"]): _CONVERSATION, str(talk["user_id"]): _SENDER}
    for column, value in (("last_seq", _SEQ), ("last_number", _NUMBER)):
        for step in (0, 1):
            expression = f"select {column} + {step} from conversations where id = ({_CONVERSATION})"
            texts[str(value + step)] = expression
    return texts


async def _send_all(server: Server, requests: Sequence[Request]) -> None:
    """Send requests one after the other. Raises RuntimeError if one is refused."""
    async with HttpConnection(server.port) as connection:
        for request in requests:
            answer = await connection.send(encode_request(server.port, request))
            if not 200 <= answer.status < 300:
                raise RuntimeError(f"{request.path}: {answer.body[:300]!r}")


TOPIC = Topic("writes", run, needs_data=True)
