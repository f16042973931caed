"""Measure the cost of a list of 20 tracks, compared with a bare route behind the same middleware.

Machines differ, and the load of a shared machine changes. So the unit is the cost of a plain route
of the framework in the same round: 42 µs on the machine where the budget of 250 µs was set.
"""

from statistics import median

import asyncpg
from msgspec import Struct

from bench.load import send_many
from bench.plain import Plain, running_plain
from bench.server import Server, running_server
from veza.core.ids import new_id

REQUESTS = 3000
ROUNDS = 5
TRACKS = 100_000

_LIST = "/api/v1/tracks?limit=20"
# How much more than the bare route the list may cost, as a multiple of the plain one.
BUDGET = 250 / 42

_INSERT_TRACKS = """
    insert into tracks (id, owner_id, title, description, genre, tags, visibility, status, format,
                        duration_ms, bitrate, sample_rate, channels, loudness_lufs,
                        true_peak_dbtp, created_at)
    select gen_random_uuid(), $1, 'Track number ' || n, 'Some words about it.', 'ambient',
           '{tape,drone}', 'public', 'ready', 'flac', 180000 + n, 900000, 44100, 2, -14.2, -1.1,
           now() - n * interval '1 second'
      from generate_series(1, $2::integer) as n
"""


async def run() -> None:
    """Measure in several rounds and print the results."""
    async with running_server() as server, running_plain() as plain:
        await _fill(server)
        await send_many(server.port, _LIST, requests=500)
        rounds = [await _measure(server, plain) for _ in range(ROUNDS)]
    print(f"plain route       {median(r.plain for r in rounds):6.0f} µs of CPU a request")
    print(f"bare route        {median(r.bare for r in rounds):6.0f} µs, behind our middleware")
    print(f"20 of {TRACKS:,}     {median(r.listed for r in rounds):6.0f} µs")
    extras = sorted((r.listed - r.bare) / r.plain for r in rounds)
    print(
        f"extra             {median(extras):6.1f} times the plain route, "
        f"{extras[0]:.1f} to {extras[-1]:.1f} (budget {BUDGET:.1f})"
    )


class _Round(Struct, frozen=True):
    """CPU time of a request in microseconds, measured in the same round."""

    plain: float
    bare: float
    listed: float


async def _measure(server: Server, plain: Plain) -> _Round:
    return _Round(
        plain=await _cost(plain, "/"),
        bare=await _cost(server, "/api/v1/health"),
        listed=await _cost(server, _LIST),
    )


async def _cost(served: Server | Plain, path: str) -> float:
    before = served.cpu_s()
    await send_many(served.port, path, requests=REQUESTS)
    return (served.cpu_s() - before) / REQUESTS * 1e6


async def _fill(server: Server) -> None:
    async with server.services.database.transaction() as tx:
        owner = new_id()
        await tx.run(
            "insert into users (id, username, email, password_hash) values ($1, $2, $3, $4)",
            *(owner, "bench", "bench@example.com", "none"),
        )
        await tx.run(_INSERT_TRACKS, owner, TRACKS)
    # Without statistics the planner guesses wrong; autovacuum would come too late.
    connection = await asyncpg.connect(server.services.addresses.migration)
    await connection.execute("vacuum analyze")
    await connection.close()
