"""Uploads over connections that break, to a server that is killed: every file arrives bit by bit.

The clients are those that programs and pages use: tuspy, aiotus, tus-js-client and Uppy.
"""

import hashlib
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import aiotus
import httpx
import pytest
from aiohttp import ClientSession
from tusclient import client as tuspy
from tusclient.exceptions import TusCommunicationError

from tests.journeys.cutting_proxy import cutting
from tests.journeys.npm import NODE, install
from tests.journeys.served import Server, calling, served, sign_up, until

pytestmark = pytest.mark.long

_SIZE = 3_000_000
# Most requests are cut, and most answers arrive.
_MOST_BYTES = 700_000


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that, once all are done, has kept nothing but the files."""
    with served("--workers", "1") as server:
        yield server
        folder = server.data_dir / "media" / "uploads"
        until(lambda: not list(folder.glob("*/*")), 60)
        server.ensure_storage_is_right()


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    return sign_up(server, "traveller")


@pytest.fixture(scope="module")
def content() -> bytes:
    return hashlib.shake_128(b"what is uploaded").digest(_SIZE)


@pytest.fixture(scope="module")
def tus_js(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> Path:
    """A folder with npm's clients, of the versions and hashes in its lock file, and the content."""
    folder = install("tus_js", tmp_path_factory.mktemp("js"))
    (folder / "content").write_bytes(content)
    return folder


def _kill_receiver(server: Server) -> None:
    """Kill the process that receives the bytes, and wait for the one that replaces it."""
    [worker] = server.http_workers()
    os.kill(worker, signal.SIGKILL)

    def is_replaced() -> bool:
        with suppress(httpx.TransportError):
            httpx.get(f"{server.url}/readyz").raise_for_status()
            return bool(set(server.http_workers()) - {worker})
        return False

    until(is_replaced, 60, str)


def _kill_server(server: Server) -> None:
    """Kill the whole server, its engines too, and start it again."""
    server.kill()
    until(lambda: not server.processes(), 60)
    server.start()


def _ensure_arrived(server: Server, token: str, name: str, content: bytes) -> None:
    with calling(server, token) as client:
        listed = client.get("cloud/files", params={"limit": 100}).json()["data"]["files"]
        [file] = [each for each in listed if each["name"] == name]
        assert client.get(f"cloud/files/{file['id']}/download").content == content


@pytest.mark.parametrize("how", ["tus", "parallel", "deferred", "uppy"])
def test_clients_of_pages_get_through_a_connection_that_breaks(
    how: str, server: Server, token: str, tus_js: Path, content: bytes
) -> None:
    with cutting(server.port, most_bytes=_MOST_BYTES) as proxy:
        given = [how, f"{proxy.url}/api/v1/uploads", token, "content"]
        command = [NODE / "bin/node", "upload.mjs", *given]
        done = subprocess.run(command, cwd=tus_js, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()
        assert proxy.cuts > 2
    _ensure_arrived(server, token, f"{how}.bin", content)


def test_a_program_gets_through_to_a_server_that_is_killed(
    server: Server, token: str, content: bytes
) -> None:
    """While the bytes come, their process and then the whole server are killed, with kill -9."""
    with cutting(server.port, most_bytes=_MOST_BYTES, seed=2) as proxy:
        headers = {"Authorization": f"Bearer {token}"}
        client = tuspy.TusClient(f"{proxy.url}/api/v1/uploads", headers=headers)
        metadata = {"purpose": "cloud_file", "filename": "tuspy.bin"}
        uploader = client.uploader(
            file_stream=BytesIO(content),
            chunk_size=400_000,
            metadata=metadata,
            upload_checksum=True,
        )
        kills = [_kill_server, _kill_receiver]
        while uploader.offset < _SIZE:
            if kills and uploader.offset > (2 - len(kills)) * _SIZE // 3:
                kills.pop()(server)
            with suppress(TusCommunicationError):
                if uploader.url is not None:
                    uploader.offset = uploader.get_offset()
                uploader.upload_chunk()
        assert not kills
    _ensure_arrived(server, token, "tuspy.bin", content)


async def test_a_program_that_wants_whole_addresses_sends_files_and_parts(
    server: Server, token: str, content: bytes
) -> None:
    """aiotus takes no address that is a path, and names no purpose for the parts of a file."""
    endpoint = f"{server.url}/api/v1/uploads"
    headers = {"Authorization": f"Bearer {token}"}
    # aiohttp warns of larger ones.
    given = {"headers": headers, "chunksize": 500_000}
    described = {"purpose": b"cloud_file", "filename": b"aiotus.bin"}
    whole = await aiotus.upload(endpoint, BytesIO(content), described, **given)
    cuts = [BytesIO(content[:1_000_000]), BytesIO(content[1_000_000:])]
    described["filename"] = b"joined.bin"
    joined = await aiotus.upload_multiple(endpoint, cuts, described, **given)

    for address, name in ((whole, "aiotus.bin"), (joined, "joined.bin")):
        async with ClientSession(headers=headers) as session, session.get(address) as answer:
            assert (await answer.json())["data"]["state"] == "completed"
        _ensure_arrived(server, token, name, content)
