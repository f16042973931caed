"""The time until an existing server is ready, and its memory at rest, beside a plain application.

The reference is one route of Litestar on uvicorn, without PostgreSQL, Valkey and workers: it shows
how fast the machine starts processes at the moment.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from bench.plan import Plan, Topic
from bench.processes import find_programs, pss_mib_of, running
from bench.ratios import Case, Result, Sample, compute_ratio
from bench.server import Launch, free_port, running_server, until_open

MAX_ROUNDS = 4
WORKERS = 2
_REST_S = 4.0
_READY = Case(
    topic="start",
    name="ready on an existing data directory",
    reference="plain Litestar application",
    unit="s",
    is_lower_better=True,
)
_MEMORY = Case(
    topic="start",
    name="memory at rest (PSS), two HTTP processes",
    reference="plain Litestar application",
    unit="MiB",
    is_lower_better=True,
)


async def run(plan: Plan) -> list[Result]:
    """Measure in several rounds, after one that creates the data directory."""
    ready: list[Sample] = []
    memory: list[Sample] = []
    plain_ready: list[Sample] = []
    plain_memory: list[Sample] = []
    with tempfile.TemporaryDirectory(prefix="veza-bench-") as scratch:
        folder = Path(scratch) / "data"
        for number in range(min(plan.rounds, MAX_ROUNDS) + 1):
            ready_s, memory_mib = await _start_server(folder)
            plain_s, plain_mib = await _start_plain()
            if number > 0:
                ready.append(Sample(ready_s))
                memory.append(Sample(memory_mib))
                plain_ready.append(Sample(plain_s))
                plain_memory.append(Sample(plain_mib))
    return [
        compute_ratio(_READY, ready, plain_ready),
        compute_ratio(_MEMORY, memory, plain_memory),
    ]


async def _start_server(folder: Path) -> tuple[float, float]:
    """Start the server with all its processes; return the seconds until ready, and its PSS."""
    launch = Launch(folder, workers=WORKERS, has_job_worker=True)
    async with running_server(launch) as server:
        await asyncio.sleep(_REST_S)
        return server.ready_s, pss_mib_of(find_programs(server.pid))


async def _start_plain() -> tuple[float, float]:
    port = free_port()
    command = (sys.executable, "-m", "uvicorn", "--log-level", "error", "--port", str(port))
    began = time.perf_counter()
    async with running(*command, "bench.peers.plain:app") as process:
        await until_open(port)
        took = time.perf_counter() - began
        return took, pss_mib_of(find_programs(process.pid))


TOPIC = Topic("start", run)
