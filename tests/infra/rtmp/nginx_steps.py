"""An nginx with its RTMP module, which records what is published to it."""

import asyncio
import json
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.infra.waiting import until
from tests.journeys.served import free_port
from tests.sounds import ffmpeg_of_the_wheel
from veza.infra.processes.embedded_nginx import MODULE, find_nginx

needs_nginx = pytest.mark.skipif(
    asyncio.run(find_nginx()) is None,
    reason="needs nginx with its RTMP module: see `make live-setup`",
)

_CONFIG = """
load_module "/usr/lib/nginx/modules/{module}";
daemon off;
worker_processes 1;
pid "{folder}/nginx.pid";
error_log stderr crit;
events {{ worker_connections 64; }}
rtmp {{
    server {{
        listen 127.0.0.1:{port};
        application app {{ live on; record all; record_path "{folder}"; }}
    }}
}}
"""


@asynccontextmanager
async def recording() -> AsyncGenerator[tuple[int, Path]]:
    """Run an nginx that records what it gets; give its port, and the folder."""
    port = free_port()
    # Its worker may be another user, who can't enter the folder of a test.
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o777)
        (folder / "nginx.conf").write_text(_CONFIG.format(module=MODULE, folder=folder, port=port))
        process = await asyncio.create_subprocess_exec(
            *("nginx", "-p", made, "-c", str(folder / "nginx.conf"), "-e", "stderr"),
            env={"PATH": "/usr/sbin:/usr/bin:/usr/local/sbin"},
        )
        try:
            await until(partial(_is_listening, port))
            yield port, folder
        finally:
            process.terminate()
            await process.wait()


async def _is_listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def write_segments(folder: Path, *, seconds: int = 4, has_pictures: bool = True) -> list[Path]:
    """Write segments of a second as nginx does, with a playlist that names them."""
    folder.mkdir(parents=True, exist_ok=True)
    sound = ("-f", "lavfi", "-i", "sine=1000:sample_rate=44100")
    pictures = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=15") if has_pictures else ()
    h264 = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15")
    command = [
        *(str(ffmpeg_of_the_wheel()), "-hide_banner", "-loglevel", "error", "-nostdin"),
        *(*sound, *pictures, "-t", str(seconds), "-c:a", "aac", "-b:a", "96k", "-ac", "2"),
        *((*h264, "-pix_fmt", "yuv420p") if has_pictures else ()),
        *("-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-start_number", "1000"),
        *("-hls_segment_filename", str(folder / "%d.ts"), str(folder / "index.m3u8")),
    ]
    subprocess.run(command, check=True, timeout=60)
    return sorted(folder.glob("*.ts"))


def probe(path: Path) -> dict[str, float]:
    """Return the codecs in a file, with the seconds that each lasts, by decoding all of it."""
    command = [
        *("ffprobe", "-v", "error", "-count_packets", "-show_entries"),
        *("stream=codec_name,nb_read_packets,sample_rate", "-of", "json", str(path)),
    ]
    done = subprocess.run(command, check=True, capture_output=True, timeout=60)
    found: dict[str, float] = {}
    for each in json.loads(done.stdout)["streams"]:
        packets = int(each["nb_read_packets"])
        is_sound = each["codec_name"] == "aac"
        found[each["codec_name"]] = packets * 1024 / 44100 if is_sound else packets / 15
    return found
