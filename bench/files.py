"""Streams of a file of 50 MB and ranges of it, beside nginx with sendfile and one worker.

Both serve the same bytes from the page cache, on 1 and on 8 connections, to visitors; ranges also
to a member, for whom the server decides what they may have.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from bench.http_client import fetch
from bench.install import PeerMissing, install_debian
from bench.load import LoadTask, Request, send_load
from bench.media import add_artist, process_track
from bench.plan import Plan, Topic
from bench.processes import Cpu, cpu_of_server, output_of, running
from bench.ratios import Case, Measure, Result, Sample, Skipped, measure_rounds
from bench.server import Launch, Server, free_port, running_server, until_open
from veza.app.paths import find_ffmpeg
from veza.app.settings.settings import Settings

REFERENCE = "nginx"
CONNECTIONS = (1, 8)
# 50 MB of 16 bits, two channels and 44.1 kHz.
_SECONDS = 284
# For more than a few responses.
_WHOLE_S = 3.0
_RANGE = "Range: bytes=1000000-1262143"
_BY_MEMBER = " by a member"
RANGE_GOAL = 0.4
_CONFIG = """
{user}
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    sendfile on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


def _list_cases() -> list[tuple[Case, str, int]]:
    """Return the cases with the header of their requests and the connections."""
    found: list[tuple[Case, str, int]] = []
    for connections in CONNECTIONS:
        many = "1 connection" if connections == 1 else f"{connections} connections"
        whole = Case("files", f"50 MB, {many}", REFERENCE, "MiB/s", goal=1.0)
        part = Case("files", f"range of 256 KiB, {many}", REFERENCE, "MiB/s", goal=RANGE_GOAL)
        name = f"range of 256 KiB{_BY_MEMBER}, {many}"
        own = Case("files", name, REFERENCE, "MiB/s", goal=RANGE_GOAL)
        found += [(whole, "", connections), (part, _RANGE, connections), (own, _RANGE, connections)]
    return found


async def run(plan: Plan) -> list[Result]:
    """Measure all cases, interleaved."""
    cases = _list_cases()
    try:
        await install_debian("nginx")
    except PeerMissing as error:
        return [Skipped(case, str(error)) for case, _, _ in cases]
    measures: dict[str, Measure] = {}
    with tempfile.TemporaryDirectory(prefix="veza-bench-") as scratch:
        folder = Path(scratch)
        source = folder / "source.wav"
        await _create_source(source)
        async with (
            running_server(Launch(has_job_worker=True)) as server,
            _running_nginx(folder) as (port, pid),
        ):
            ours = await _publish(server, source, folder / "www" / "file")
            for case, header, connections in cases:
                for name, to, request in (
                    ("Veza", server, ours),
                    (REFERENCE, None, Request("/file")),
                ):
                    token = request.token if _BY_MEMBER in case.name else ""
                    sent = Request(request.path, token=token, header=header)
                    seconds = plan.seconds if header else max(plan.seconds, _WHOLE_S)
                    task = LoadTask(to.port if to else port, [sent], seconds, connections)
                    root = to.pid if to else pid
                    measures[f"{case.name} {name}"] = partial(_measure, task, root)
            rounds = await measure_rounds(plan.rounds, measures)
    return [
        rounds.ratio(case, f"{case.name} Veza", f"{case.name} {REFERENCE}") for case, _, _ in cases
    ]


async def _measure(task: LoadTask, root: int) -> Sample:
    """Return MiB per second, and the CPU time of a response."""
    before: Cpu = cpu_of_server(root)
    result = await send_load(task)
    server_s, _ = cpu_of_server(root).since(before)
    return Sample(
        value=result.mib_per_s,
        cpu_us=server_s / result.responses * 1e6,
        p50_ms=result.p50_ms,
        p99_ms=result.p99_ms,
    )


async def _create_source(path: Path) -> None:
    noise = ("-f", "lavfi", "-i", f"anoisesrc=d={_SECONDS}:c=pink:a=0.3")
    options = ("-loglevel", "error", "-y")
    ffmpeg = find_ffmpeg(Settings())
    await output_of(ffmpeg, *options, *noise, "-ac", "2", "-ar", "44100", path)


async def _publish(server: Server, source: Path, copy: Path) -> Request:
    """Upload a track; copy what Veza streams for nginx; return the request of the stream."""
    token = await add_artist(server)
    track_id, _ = await process_track(server, token, source)
    async with server.services.database.transaction(recorded=False) as tx:
        # So that visitors get the same file as its owner.
        await tx.run("update tracks set downloadable = true where id = $1", track_id)
    request = Request(f"/api/v1/tracks/{track_id}/stream", token=token)
    answer = await fetch(server.port, request)
    if answer.status != 200:
        raise RuntimeError(f"The stream is refused: {answer.body[:300]!r}")
    copy.write_bytes(answer.body)
    copy.chmod(0o644)
    return request


@asynccontextmanager
async def _running_nginx(folder: Path) -> AsyncGenerator[tuple[int, int]]:
    """Run nginx on the files in `www`; yield its port and process id."""
    port, config = free_port(), folder / "nginx.conf"
    (folder / "www").mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(_CONFIG.format(user=user, folder=folder, port=port))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    log = ("-e", str(folder / "error.log"))
    quiet = asyncio.subprocess.DEVNULL
    async with running(
        program, "-c", config, *log, "-g", "daemon off;", stdout=quiet, stderr=quiet
    ) as process:
        await until_open(port)
        yield port, process.pid


TOPIC = Topic("files", run)
