"""Reads, beside Gin + pgx, FastAPI + SQLAlchemy, PocketBase, and pgbench with the same statements.

One HTTP process. A hot case asks for the same page again and again, which a cache or merged reads
may answer; the others ask for hundreds of different ones in turn.
"""

import re
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct

from bench.http_client import Answer, fetch
from bench.install import PeerMissing
from bench.load import Request
from bench.peer_servers import (
    PeerServer,
    running_fastapi,
    running_gin,
    running_plain,
    running_pocketbase,
)
from bench.pgbench import run_pgbench
from bench.plan import Plan, Topic
from bench.ratios import (
    Case,
    Measure,
    Result,
    Rounds,
    Sample,
    Skipped,
    compute_ratio,
    measure_rounds,
    reason_of,
)
from bench.recording import Recorder, Replacements, recording
from bench.server import Launch, Server, running_server
from veza.core.pages import Cursor, encode_cursor

API = "/api/v1"
GIN, FASTAPI, POCKETBASE = "Gin + pgx", "FastAPI + SQLAlchemy", "PocketBase"
PGBENCH, PLAIN = "pgbench, same statements", "plain Litestar route"
_PEERS = (
    (GIN, running_gin),
    (FASTAPI, running_fastapi),
    (POCKETBASE, running_pocketbase),
    (PLAIN, lambda _: running_plain()),
)
# At the end of the fraction of a time.
_ZEROS = re.compile(rb'(\.\d*?)0+Z"')
_POCKETBASE_LIST = "/api/collections/tracks/records?perPage=20&sort=-created_at&skipTotal=1"
_TIMES_BEFORE_RECORDING = 30
_MAX_WARM_S = 2.0
# A search takes longer than others, and the server refuses too many at once.
_SEARCHERS = 4
_SEARCH_S = 2.0
_SEARCH_CPU_US = 2000.0


class Read(Struct, frozen=True):
    """A read: its requests, and its references with the most CPU beside that of each."""

    name: str
    requests: list[Request]
    references: dict[str, float | None]
    is_search: bool = False


class Peers(Struct, frozen=True):
    """The peers that run, and why others don't."""

    running: dict[str, PeerServer]
    missing: dict[str, str]


async def run(plan: Plan) -> list[Result]:
    """Measure all reads and references, interleaved."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(running_server(Launch(plan.folder)))
        reads = await list_reads(server)
        peers = await _start_peers(stack, server)
        await _compare_data(server, peers, reads)
        measures: dict[str, Measure] = {}
        recorder = await stack.enter_async_context(recording(server))
        for read in reads:
            measures |= await _list_measures(plan, server, peers, read)
            if PGBENCH in read.references:
                name = f"{read.name} {PGBENCH}"
                try:
                    script = await _record(server, recorder, read.requests[0])
                except RuntimeError as error:
                    peers.missing[name] = reason_of(error)
                    continue
                if script is None:
                    peers.missing[name] = "it executes no statement"
                else:
                    url = server.addresses.migration
                    measures[name] = partial(
                        run_pgbench, url, script, server.read_cpu, seconds=plan.seconds
                    )
        rounds = await measure_rounds(plan.rounds, measures)
    results: list[Result] = []
    for read in reads:
        for reference, goal in read.references.items():
            case = Case("reads", read.name, reference, cpu_goal=goal)
            name = f"{read.name} {reference}"
            reason = peers.missing.get(reference) or peers.missing.get(name)
            found = Skipped(case, reason) if reason else rounds.ratio(case, read.name, name)
            results.append(found)
        if read.is_search:
            results.append(_compare_cpu(read.name, rounds))
    return results


def _compare_cpu(name: str, rounds: Rounds) -> Result:
    """Compare the CPU of a search with its goal."""
    case = Case(
        topic="reads",
        name=name,
        reference="1 ms of the server and 1 of PostgreSQL",
        unit="µs of CPU",
        is_lower_better=True,
        goal=1.0,
    )
    if reason := rounds.failures.get(name):
        return Skipped(case, reason)
    ours = [Sample(sample.total_cpu_us or 0.0) for sample in rounds.samples[name]]
    return compute_ratio(case, ours, [Sample(_SEARCH_CPU_US)] * len(ours))


async def list_reads(server: Server) -> list[Read]:
    """Return the reads of a filled server."""
    connection = await asyncpg.connect(server.addresses.migration)
    try:
        rows = await connection.fetch(_SELECT_TRACKS)
        members = await connection.fetch(_SELECT_MEMBERS)
    finally:
        await connection.close()
    busy, lone = (server.sign_in(row["id"]) for row in members)
    titles: list[str] = [row["title"] for row in rows[:50]]
    pages = [_page_after(row) for row in rows]
    tracks = [Request(f"{API}/tracks/{row['id']}") for row in rows]
    newest = Request(f"{API}/tracks?limit=20")
    pg: dict[str, float | None] = {PGBENCH: None}
    search = partial(Read, references=pg, is_search=True)
    return [
        Read("tracks, hot", [newest], {GIN: 0.33, FASTAPI: None, POCKETBASE: None} | pg),
        Read("tracks, 500 pages", pages, {GIN: 1.0, FASTAPI: None} | pg),
        Read("tracks, signed in", [Request(newest.path, token=lone)], pg),
        Read("track, hot", tracks[:1], {GIN: 0.33, FASTAPI: None} | pg),
        Read("track, 500 tracks", tracks, {GIN: 1.1, FASTAPI: None} | pg),
        Read("anonymous feed", [Request(f"{API}/social/feed")], {GIN: 1.0} | pg),
        Read("feed of 1,000 followed", [Request(f"{API}/social/feed", token=busy)], pg),
        Read("products", [Request(f"{API}/marketplace/products?limit=20")], pg),
        search("search, two words", _searches(titles)),
        search("search, genre", _searches(["techno", "house", "jazz", "folk", "soul"])),
        search("search, typo", _searches([t.split()[0][:3] + t.split()[0][4:] for t in titles])),
        Read("notifications", [Request(f"{API}/notifications", token=busy)], pg),
        Read("conversations", [Request(f"{API}/conversations", token=busy)], pg),
        Read("health", [Request(f"{API}/health")], {PLAIN: None}),
    ]


_SELECT_TRACKS = """
    select id, created_at, title
      from tracks
     where visibility = 'public' and status = 'ready'
     order by created_at desc, id desc
    offset (select count(*) / 2 from tracks)
     limit 500
"""
_SELECT_MEMBERS = """
    (select id from users order by username limit 1)
     union all
    (select id from users order by username desc limit 1)
"""


def _page_after(row: asyncpg.Record) -> Request:
    cursor = encode_cursor(Cursor(row["created_at"], UUID(str(row["id"]))))
    return Request(f"{API}/tracks?limit=20&cursor={cursor}")


def _searches(texts: list[str]) -> list[Request]:
    return [Request(f"{API}/tracks/search?q={text.replace(' ', '%20')}") for text in texts]


async def _start_peers(stack: AsyncExitStack, server: Server) -> Peers:
    peers = Peers({}, {})
    for name, run_peer in _PEERS:
        try:
            peers.running[name] = await stack.enter_async_context(run_peer(server))
        except (PeerMissing, RuntimeError) as error:
            peers.missing[name] = reason_of(error)
    return peers


async def _compare_data(server: Server, peers: Peers, reads: list[Read]) -> None:
    """Remove peers that answer one of their reads with other data than Veza."""
    for read in reads:
        for name in {GIN, FASTAPI} & read.references.keys() & peers.running.keys():
            try:
                ours = await _fetch_data(server.port, read.requests[0])
                theirs = await _fetch_data(peers.running[name].port, read.requests[0])
                reason = None if ours == theirs else f"it answers {read.name} with other data"
            except RuntimeError as error:
                reason = reason_of(error)
            if reason is not None:
                peers.missing[name] = reason
                del peers.running[name]


async def _fetch_data(port: int, request: Request) -> Any:
    """Return the data of a response without the port, and without the format of its cursor.

    Go writes times without the zeros at the end of their fraction.
    """
    answer = await fetch(port, request)
    body = _ZEROS.sub(rb'\1Z"', answer.body.replace(b"127.0.0.1:%d" % port, b""))
    data = Answer(answer.status, body).data()
    if data.get("next_cursor"):
        data["next_cursor"] = "some"
    return data


async def _list_measures(
    plan: Plan, server: Server, peers: Peers, read: Read
) -> dict[str, Measure]:
    options: dict[str, Any] = {"seconds": plan.seconds}
    if read.is_search:
        options = {"seconds": max(plan.seconds, _SEARCH_S), "connections": _SEARCHERS}
    found: dict[str, Measure] = {read.name: partial(server.measure, *read.requests, **options)}
    for name, peer in peers.running.items():
        if name in read.references:
            requests = _PEER_REQUESTS.get(name, lambda requests: requests)(read.requests)
            found[f"{read.name} {name}"] = partial(peer.measure, *requests, **options)
    return found


_PEER_REQUESTS: dict[str, Callable[[list[Request]], list[Request]]] = {
    POCKETBASE: lambda _: [Request(_POCKETBASE_LIST)],
    PLAIN: lambda _: [Request("/")],
}


async def _record(server: Server, recorder: Recorder, request: Request) -> str | None:
    """Return a script with the statements of a request, or None if it executes none.

    Raises RuntimeError if the request is refused.
    """
    # So that no connection prepares statements any more, unless each takes long.
    ends_at = time.monotonic() + _MAX_WARM_S
    for _ in range(_TIMES_BEFORE_RECORDING):
        (await fetch(server.port, request)).data()
        if time.monotonic() > ends_at:
            break
    statements = await recorder.record(lambda: fetch(server.port, request))
    return await recorder.script(statements, Replacements({})) if statements else None


TOPIC = Topic("reads", run, needs_data=True)
