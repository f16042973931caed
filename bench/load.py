"""Load on a server for some seconds: by wrk where it is installed, else by a Python client."""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.processes import Cpu, output_of
from bench.ratios import Sample

CONNECTIONS = 32
_SCRIPT = Path(__file__).with_name("load.lua")
_IN_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_IN_MIB = {"B": 2**-20, "KB": 2**-10, "MB": 1.0, "GB": 1024.0}


class Request(Struct, frozen=True):
    """A request to send; `COUNT` in the body or the header becomes a number of five digits."""

    path: str
    method: str = "GET"
    token: str = ""
    header: str = ""
    body: str = ""


class LoadTask(Struct, frozen=True):
    """Requests to send in turn over several connections, each waiting for its response."""

    port: int
    requests: Sequence[Request]
    seconds: float
    connections: int = CONNECTIONS


class LoadResult(Struct, frozen=True):
    """Responses and their latencies; `failures` says what went wrong, empty if nothing did."""

    responses: int
    seconds: float
    p50_ms: float
    p99_ms: float
    mib_per_s: float = 0.0
    failures: str = ""

    @property
    def per_s(self) -> float:
        """Responses per second."""
        return self.responses / self.seconds


def find_generator() -> str:
    """Return the name of the load generator."""
    return "wrk" if shutil.which("wrk") else "Python"


async def send_load(task: LoadTask) -> LoadResult:
    """Send requests for the seconds of the task. Raises RuntimeError if a response is no 2xx."""
    if find_generator() == "wrk":
        result = await _run_wrk(task)
    else:
        data = msgspec.json.encode(task)
        output = await output_of(sys.executable, "-m", "bench.python_load", data=data)
        result = msgspec.json.decode(output, type=LoadResult)
    if result.failures or not result.responses:
        raise RuntimeError(f"{task.requests[0].path}: {result.failures or 'no response'}")
    return result


async def measure_load(task: LoadTask, read_cpu: Callable[[], Cpu]) -> Sample:
    """Return requests per second, CPU time per request and latencies."""
    before = read_cpu()
    result = await send_load(task)
    server_s, database_s = read_cpu().since(before)
    return Sample(
        value=result.per_s,
        cpu_us=server_s / result.responses * 1e6,
        database_us=database_s / result.responses * 1e6,
        p50_ms=result.p50_ms,
        p99_ms=result.p99_ms,
    )


async def _run_wrk(task: LoadTask) -> LoadResult:
    with tempfile.NamedTemporaryFile("w", prefix="veza-bench-", suffix=".txt") as file:
        file.writelines(f"{_line_of(request)}\n" for request in task.requests)
        file.flush()
        duration = f"-d{max(1, round(task.seconds))}s"
        options = ["-t1", f"-c{task.connections}", duration, "--timeout", "10s", "--latency"]
        url = f"http://127.0.0.1:{task.port}{task.requests[0].path}"
        if len(task.requests) == 1 and task.requests[0].method == "GET":
            script = _headers_of(task.requests[0])
            return parse_wrk(await output_of("wrk", *options, *script, url))
        script = ["-s", str(_SCRIPT), url, "--", file.name]
        return parse_wrk(await output_of("wrk", *options, *script))


def _headers_of(request: Request) -> list[str]:
    authorization = f"Authorization: Bearer {request.token}" if request.token else ""
    return [word for text in (authorization, request.header) if text for word in ("-H", text)]


def _line_of(request: Request) -> str:
    fields = (request.method, request.path, request.token, request.header, request.body)
    return "\t".join(fields)


def parse_wrk(output: str) -> LoadResult:
    """Return the result that wrk printed. Raises RuntimeError if it printed none."""
    total = re.search(r"(\d+) requests in ([\d.]+)(\w+),", output)
    lags = dict(re.findall(r"(50|99)%\s+([\d.]+\w+)", output))
    if total is None or len(lags) != 2:
        raise RuntimeError(f"wrk measured nothing: {output}")
    bad = re.search(r"(Non-2xx.*|Socket errors: .*)", output)
    speed = re.search(r"Transfer/sec:\s+([\d.]+)([KMG]?B)", output)
    return LoadResult(
        responses=int(total[1]),
        seconds=float(total[2]) * _IN_MS[total[3]] / 1000,
        p50_ms=_in_ms(lags["50"]),
        p99_ms=_in_ms(lags["99"]),
        mib_per_s=float(speed[1]) * _IN_MIB[speed[2]] if speed else 0.0,
        failures=bad[1] if bad else "",
    )


def _in_ms(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\w+)", text).groups()  # type: ignore[union-attr]
    return float(number) * _IN_MS[unit]
