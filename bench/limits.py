"""Measure the cost of the rate limits per request: the same cheap route with and without them.

The unit is the cost of a plain route of the framework in the same round. A single client needs a
round trip to Valkey for each request; concurrent requests share them.
"""

from msgspec import Struct

from bench.load import LoadTask, Request, measure_load
from bench.peer_servers import running_plain
from bench.plan import Plan, Topic
from bench.processes import cpu_of_server
from bench.ratios import Case, Result, Sample, compute_ratio
from bench.server import running_server

CONNECTIONS = (1, 16, 64)

_ROUTE = "/.well-known/gpc.json"
# High enough that no request is refused: only the counting is measured.
_MANY = "1000000"


class _Served(Struct, frozen=True):
    """A route of a running server."""

    port: int
    pid: int
    path: str


async def run(plan: Plan) -> list[Result]:
    """Measure with several numbers of connections."""
    limits = {"VEZA_RATE_LIMIT_GLOBAL": _MANY, "VEZA_RATE_LIMIT_PER_IP": _MANY}
    async with (
        running_server(**limits) as limited,
        running_server() as free,
        running_plain() as plain,
    ):
        served = [
            _Served(limited.port, limited.pid, _ROUTE),
            _Served(free.port, free.pid, _ROUTE),
            _Served(plain.port, plain.pid, "/"),
        ]
        for one in served:
            await _cost(one, 16, 1.0)
        return [await _measure(plan, served, connections) for connections in CONNECTIONS]


async def _measure(plan: Plan, served: list[_Served], connections: int) -> Result:
    extras: list[Sample] = []
    plains: list[Sample] = []
    for _ in range(plan.rounds):
        limited, free, plain = [await _cost(one, connections, plan.seconds) for one in served]
        extras.append(Sample(limited - free))
        plains.append(Sample(plain))
    case = Case(
        topic="limits",
        name=f"added by rate limits, {connections} at once",
        reference="plain Litestar route",
        unit="µs of CPU",
        is_lower_better=True,
    )
    return compute_ratio(case, extras, plains)


async def _cost(served: _Served, connections: int, seconds: float) -> float:
    """Return the CPU time of a request in microseconds."""
    task = LoadTask(served.port, [Request(served.path)], seconds, connections)
    sample = await measure_load(task, lambda: cpu_of_server(served.pid))
    return sample.cpu_us or 0.0


TOPIC = Topic("limits", run, is_compared=False)
