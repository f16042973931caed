"""Measure the cost of the rate limits per request: the same cheap route with and without them.

The unit is the cost of a plain route of the framework in the same round. A single client needs a
round trip to Valkey for each request; concurrent requests share them.
"""

from statistics import median

from msgspec import Struct

from bench.load import send_many
from bench.plain import Plain, running_plain
from bench.server import Server, running_server

REQUESTS = 3200
ROUNDS = 5
CONNECTIONS = (1, 16, 64)

_ROUTE = "/.well-known/gpc.json"
# High enough that no request is refused: only the counting is measured.
_MANY = "1000000"


async def run() -> None:
    """Measure with several numbers of connections and print the results."""
    limits = {"VEZA_RATE_LIMIT_GLOBAL": _MANY, "VEZA_RATE_LIMIT_PER_IP": _MANY}
    async with (
        running_server(**limits) as limited,
        running_server() as free,
        running_plain() as plain,
    ):
        for server in (limited, free):
            await send_many(server.port, _ROUTE, requests=500)
        for connections in CONNECTIONS:
            rounds = [await _measure(limited, free, plain, connections) for _ in range(ROUNDS)]
            _print(connections, rounds)


class _Round(Struct, frozen=True):
    """CPU time of a request in microseconds, measured in the same round."""

    plain: float
    free: float
    limited: float


async def _measure(limited: Server, free: Server, plain: Plain, connections: int) -> _Round:
    return _Round(
        plain=await _cost(plain, "/", connections),
        free=await _cost(free, _ROUTE, connections),
        limited=await _cost(limited, _ROUTE, connections),
    )


async def _cost(served: Server | Plain, path: str, connections: int) -> float:
    before = served.cpu_s()
    await send_many(served.port, path, requests=REQUESTS, connections=connections)
    return (served.cpu_s() - before) / REQUESTS * 1e6


def _print(connections: int, rounds: list[_Round]) -> None:
    print(f"-- {connections} at once")
    print(f"plain route       {median(r.plain for r in rounds):6.0f} µs of CPU a request")
    print(f"without limits    {median(r.free for r in rounds):6.0f} µs")
    print(f"with limits       {median(r.limited for r in rounds):6.0f} µs")
    extras = sorted((r.limited - r.free) / r.plain for r in rounds)
    print(
        f"extra             {median(extras):6.1f} times the plain route, "
        f"{extras[0]:.1f} to {extras[-1]:.1f}"
    )
