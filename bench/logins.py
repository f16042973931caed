"""200 logins at once, beside bare Argon2; and another client's latency meanwhile."""

import asyncio
import os
import time
from collections.abc import Awaitable
from contextlib import suppress

import msgspec

from bench.filling import PASSWORD
from bench.http_client import HttpConnection, encode_request, fetch
from bench.load import Request
from bench.plan import Plan, Topic
from bench.processes import cpu_of_server
from bench.ratios import Case, Result, Sample, compute_ratio
from bench.server import Launch, Server, running_server
from veza.infra.security.passwords import Passwords

LOGINS = 200
MAX_ROUNDS = 4
WORKERS = 2
_ALONE_S = 3.0
_PAUSE_S = 0.005
_LIST = Request("/api/v1/tracks?limit=20")

_RATE = Case(
    topic="logins",
    name="200 logins at once",
    reference="bare Argon2 on all cores",
    unit="logins/s",
)
_LAG = Case(
    topic="logins",
    name="p99 of another client meanwhile",
    reference="the same client alone",
    unit="ms",
    is_lower_better=True,
)


async def run(plan: Plan) -> list[Result]:
    """Measure in several rounds, each with other members."""
    logins: list[Sample] = []
    hashes: list[Sample] = []
    busy: list[Sample] = []
    alone: list[Sample] = []
    launch = Launch(plan.folder, workers=WORKERS)
    async with running_server(launch, VEZA_TRUSTED_PROXIES="127.0.0.1/32") as server:
        for number in range(min(plan.rounds, MAX_ROUNDS)):
            alone.append(await _read_during(server, asyncio.sleep(_ALONE_S)))
            storm = asyncio.create_task(_log_in(server, first=2 + number * LOGINS))
            busy.append(await _read_during(server, storm))
            logins.append(await storm)
            hashes.append(await _hash_bare())
    return [compute_ratio(_RATE, logins, hashes), compute_ratio(_LAG, busy, alone)]


async def _log_in(server: Server, first: int) -> Sample:
    """Log in as many members at once; return the logins per second. Raises RuntimeError."""
    before, began = cpu_of_server(server.pid), time.monotonic()
    numbers = range(first, first + LOGINS)
    answers = await asyncio.gather(*(fetch(server.port, _login_of(n)) for n in numbers))
    took = time.monotonic() - began
    refused = [answer for answer in answers if answer.status != 200]
    if refused:
        raise RuntimeError(f"{len(refused)} logins were refused: {refused[0].body[:300]!r}")
    server_s, database_s = cpu_of_server(server.pid).since(before)
    return Sample(LOGINS / took, server_s / LOGINS * 1e6, database_s / LOGINS * 1e6)


def _login_of(number: int) -> Request:
    """Return the login of a member from an address of its own, as attempts are counted by those."""
    credentials = {"email": f"member{number:05}@example.com", "password": PASSWORD}
    return Request(
        path="/api/v1/auth/login",
        method="POST",
        header=f"X-Forwarded-For: 2001:db8:{number:x}::1",
        body=msgspec.json.encode(credentials).decode(),
    )


async def _read_during(server: Server, waiting: Awaitable[object]) -> Sample:
    """Read the list again and again until `waiting` is done; return the p99 latency in ms."""
    lags: list[float] = []
    reader = asyncio.create_task(_read(server, lags))
    try:
        await waiting
    finally:
        reader.cancel()
        with suppress(asyncio.CancelledError, OSError, EOFError):
            await reader
    lags.sort()
    p99_ms = lags[len(lags) * 99 // 100] * 1000
    return Sample(p99_ms, p50_ms=lags[len(lags) // 2] * 1000, p99_ms=p99_ms)


async def _read(server: Server, lags: list[float]) -> None:
    text = encode_request(server.port, _LIST)
    async with HttpConnection(server.port) as connection:
        while True:
            began = time.monotonic()
            (await connection.send(text)).data()
            lags.append(time.monotonic() - began)
            await asyncio.sleep(_PAUSE_S)


async def _hash_bare() -> Sample:
    """Return how many passwords per second can be hashed by a thread on each core."""
    passwords = Passwords(threads=len(os.sched_getaffinity(0)))
    try:
        began = time.monotonic()
        await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(LOGINS // 4)))
        return Sample(LOGINS // 4 / (time.monotonic() - began))
    finally:
        passwords.close()


TOPIC = Topic("logins", run, needs_data=True)
