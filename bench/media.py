"""Processing a track until it is ready, beside one ffmpeg command that makes the same files.

The server does more: it checks the file, measures loudness twice, computes peaks, and stores all.
"""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from uuid import UUID

import httpx

from bench.http_client import fetch
from bench.load import Request
from bench.plan import Plan, Topic
from bench.processes import output_of
from bench.ratios import Case, Result, Sample, compute_ratio
from bench.server import Launch, Server, running_server
from veza.app.paths import find_ffmpeg
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import UserId, new_id

MAX_ROUNDS = 3
MINUTES = 4
_POLL_S = 0.05
_PATIENCE_S = 180.0

_CASE = Case(
    topic="media",
    name="track of four minutes until ready",
    reference="one ffmpeg command",
    unit="s",
    is_lower_better=True,
    goal=1.1,
)
_NOISE = "anoisesrc=d={}:c=pink:a=0.3"
_FILTERS = (
    "[0:a:0]aresample=44100,aformat=sample_fmts=fltp:channel_layouts=stereo,asplit=5[a][b][l][w][p];"
    "[l]ebur128=peak=true:framelog=quiet[le];"
    "[w]aformat=sample_fmts=s16:channel_layouts=mono[wf];"
    "[p]atrim=start=30:duration=30,asetpts=PTS-STARTPTS,afade=t=out:st=28:d=2[pv]"
)
_QUIET = ("-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", "error")
_LIMITED = ("-threads", "1", "-filter_complex_threads", "1")
_HLS = (
    *("-map", "[a]", "-map", "[b]", "-c:a", "aac", "-b:a:0", "128k", "-b:a:1", "256k"),
    *("-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod"),
    *("-hls_flags", "independent_segments", "-hls_segment_type", "fmp4"),
    *("-hls_fmp4_init_filename", "init.mp4", "-master_pl_name", "master.m3u8"),
    *("-var_stream_map", "a:0,name:128k a:1,name:256k"),
)
_INSERT_ARTIST = """
    insert into users (id, username, email, password_hash, role)
         values ($1, 'bench', 'bench@example.com', 'none', 'creator')
"""


async def run(plan: Plan) -> list[Result]:
    """Measure in several rounds, after one that warms up."""
    ours: list[Sample] = []
    theirs: list[Sample] = []
    ffmpeg = find_ffmpeg(Settings())
    with tempfile.TemporaryDirectory(prefix="veza-bench-") as scratch:
        source, output = Path(scratch) / "track.flac", Path(scratch) / "made"
        await _create_source(ffmpeg, source)
        async with running_server(Launch(has_job_worker=True)) as server:
            token = await add_artist(server)
            for number in range(min(plan.rounds, MAX_ROUNDS) + 1):
                _, processed = await process_track(server, token, source)
                made = await _make_files(ffmpeg, source, output)
                if number > 0:
                    ours.append(Sample(processed))
                    theirs.append(Sample(made))
    return [compute_ratio(_CASE, ours, theirs)]


async def _create_source(ffmpeg: Path, path: Path) -> None:
    noise = ("-f", "lavfi", "-i", _NOISE.format(MINUTES * 60))
    await output_of(ffmpeg, *_QUIET, *noise, "-ac", "2", "-ar", "44100", path)


async def add_artist(server: Server) -> str:
    """Add an artist to an empty server; return an access token."""
    artist_id = UserId(new_id())
    async with server.services.database.transaction(recorded=False) as tx:
        await tx.run(_INSERT_ARTIST, artist_id)
    return server.sign_in(artist_id, Role.CREATOR)


async def process_track(server: Server, token: str, source: Path) -> tuple[UUID, float]:
    """Upload a track; return its id, and the seconds from the response until it is ready."""
    base = f"http://127.0.0.1:{server.port}/api/v1"
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(timeout=60) as client:
        with source.open("rb") as file:
            answer = await client.post(
                f"{base}/tracks", headers=headers, data={"title": "Noise"}, files={"file": file}
            )
        track_id = UUID(answer.raise_for_status().json()["data"]["id"])
    began = time.monotonic()
    track = Request(f"/api/v1/tracks/{track_id}", token=token)
    while (took := time.monotonic() - began) < _PATIENCE_S:
        status = (await fetch(server.port, track)).data()["status"]
        if status == "ready":
            return track_id, took
        if status != "processing":
            break
        await asyncio.sleep(_POLL_S)
    raise RuntimeError(f"The track is {status} after {took:.0f} s.")


async def _make_files(ffmpeg: Path, source: Path, folder: Path) -> float:
    """Make HLS, preview, loudness and samples with one command; return the seconds it took."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    segments = ("-hls_segment_filename", folder / "%v" / "s%03d.m4s", folder / "%v" / "index.m3u8")
    preview = ("-map", "[pv]", "-c:a", "libmp3lame", "-b:a", "128k", folder / "preview.mp3")
    loudness = ("-map", "[le]", "-f", "null", "/dev/null")
    samples = ("-map", "[wf]", "-c:a", "pcm_s16le", "-f", "s16le", "/dev/null")
    command = [ffmpeg, *_QUIET, *_LIMITED, "-i", source, "-filter_complex", _FILTERS, *_HLS]
    began = time.monotonic()
    await output_of(*command, *segments, *loudness, *preview, *samples)
    return time.monotonic() - began


TOPIC = Topic("media", run)
