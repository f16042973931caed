"""What a list of 20 tracks costs the server, beside a bare route behind the same middleware."""

from statistics import median

import asyncpg

from bench.load import send_many
from bench.server import Server, running_server
from veza.core.ids import new_id

REQUESTS = 3000
ROUNDS = 5
TRACKS = 100_000
# What the list may cost more than the bare route, in microseconds of CPU.
BUDGET_US = 250

_INSERT_TRACKS = """
    insert into tracks (id, owner_id, title, description, genre, tags, visibility, status, format,
                        duration_ms, bitrate, sample_rate, channels, loudness_lufs,
                        true_peak_dbtp, search_text, created_at)
    select gen_random_uuid(), $1, 'Track number ' || n, 'Some words about it.', 'ambient',
           '{tape,drone}', 'public', 'ready', 'flac', 180000 + n, 900000, 44100, 2, -14.2, -1.1,
           'track number ' || n, now() - n * interval '1 second'
      from generate_series(1, $2::integer) as n
"""


async def run() -> None:
    """Print the figures."""
    async with running_server() as server:
        await _fill(server)
        await send_many(server.port, "/api/v1/tracks?limit=20", requests=500)
        rounds = [await _measure(server) for _ in range(ROUNDS)]
        bare, listed = median(b for b, _ in rounds), median(t for _, t in rounds)
        extra = median(t - b for b, t in rounds)
        print(f"bare route        {bare:6.0f} µs of CPU a request")
        print(f"20 of {TRACKS:,}     {listed:6.0f} µs, {listed / bare:.1f} times the bare route")
        print(f"extra             {extra:6.0f} µs (budget {BUDGET_US}), {server.rss_mib():.0f} MiB")


async def _measure(server: Server) -> tuple[float, float]:
    """Return the CPU of one request in microseconds: bare, then the list."""
    costs: list[float] = []
    for path in ("/api/v1/health", "/api/v1/tracks?limit=20"):
        before = server.cpu_s()
        await send_many(server.port, path, requests=REQUESTS)
        costs.append((server.cpu_s() - before) / REQUESTS * 1e6)
    return costs[0], costs[1]


async def _fill(server: Server) -> None:
    async with server.services.database.transaction() as tx:
        owner = new_id()
        await tx.run(
            "insert into users (id, username, email, password_hash) values ($1, $2, $3, $4)",
            *(owner, "bench", "bench@example.com", "none"),
        )
        await tx.run(_INSERT_TRACKS, owner, TRACKS)
    # As autovacuum would, in its time: without statistics the planner guesses wrong.
    connection = await asyncpg.connect(server.services.addresses.migration)
    await connection.execute("vacuum analyze")
    await connection.close()
