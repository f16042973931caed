"""A process that takes a file in is killed: nothing half is shown, counted, or left for long."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest

from tests.journeys.served import Server, calling, served, sign_up, until
from veza.app.paths import find_addresses
from veza.app.settings.settings import Settings
from veza.domains.platform.uploads.jobs import sweep_uploads
from veza.domains.platform.uploads.service import Uploads
from veza.infra.postgres import database as db
from veza.infra.security.secrets import load_secrets
from veza.infra.storage.stores import open_storage

PIECE = 1024 * 1024
# More than waits in memory, so that some of it is on the disk.
PIECES = 24


HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="half.wav"\r\n\r\n'


class Sending:
    """Two uploads that stop midway, until they are cut off: a new file, and another content."""

    def __init__(self, server: Server, token: str, file_id: str) -> None:
        self.answers: list[int] = []
        self._is_over = threading.Event()
        form = {"content-type": "multipart/form-data; boundary=b"}
        requests = (
            ("POST", "cloud/files", form, HEAD),
            ("PUT", f"cloud/files/{file_id}/content", {}, b""),
        )
        self._threads = [
            threading.Thread(target=self._send, args=(server, token, *request))
            for request in requests
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(60)

    def _send(self, server, token, method, path, headers, head) -> None:
        def body() -> Iterator[bytes]:
            yield head
            for _ in range(PIECES):
                yield os.urandom(PIECE)
            self._is_over.wait(60)

        with calling(server, token) as client, suppress(httpx.TransportError):
            answer = client.request(method, path, headers=headers, content=body())
            self.answers.append(answer.status_code)


@pytest.mark.long
def test_a_killed_upload_leaves_nothing_that_is_shown_counted_or_kept():
    with served("--workers", "1") as server:
        token = sign_up(server, "steady")
        with calling(server, token) as client:
            file = client.post("cloud/files", files={"file": ("a", b"whole")}).json()["data"]
            before = files_of(server)
            sending = Sending(server, token, file["id"])
            until(lambda: len(files_of(server) - before) == 2, 60, lambda: server.log[-3000:])
            (worker,) = server.http_workers()
            os.kill(worker, signal.SIGKILL)
            sending.end()
            until(lambda: worker not in server.http_workers() and server.http_workers(), 60)
            server.wait_until_ready()

        assert sending.answers == []
        with calling(server, token) as client:
            ensure_only(client, file)
            # What is half is on the disk yet, where nobody gets at it; it is young: all is right.
            assert len(files_of(server) - before) == 2
            server.ensure_storage_is_right()
            asyncio.run(let_a_day_pass(server))
            until(lambda: files_of(server) == before, 60, lambda: str(files_of(server) - before))
            ensure_only(client, file)
            again = client.put(f"cloud/files/{file['id']}/content", content=b"whole again")
            assert again.json()["data"]["version"] == 2
        server.ensure_storage_is_right()


def ensure_only(client: httpx.Client, file: dict) -> None:
    """See that there is a file as it was, and that it alone is counted."""
    assert client.get("cloud/files").json()["data"]["files"] == [file]
    assert client.get(f"cloud/files/{file['id']}/download").content == b"whole"
    quota = client.get("cloud/quota").json()["data"]
    assert (quota["used_bytes"], quota["trash_bytes"]) == (5, 0)


def files_of(server: Server) -> set[str]:
    """All that lies in the storage, half-written too."""
    folder = server.data_dir / "media" / "blobs"
    return {str(path) for path in folder.rglob("*") if path.is_file()}


async def let_a_day_pass(server: Server) -> None:
    """Let a day pass since uploads began, and sweep."""
    settings = Settings(data_dir=server.data_dir)
    url = find_addresses(settings, load_secrets(server.data_dir)).database
    async with db.connect(url, max_size=1) as database:
        async with database.transaction() as tx:
            sql = "update uploads set started_at = started_at - $1::interval"
            assert await tx.run(sql, timedelta(hours=25)) == 2
        storage = open_storage(None, server.data_dir)
        await sweep_uploads(Uploads(database, storage, {}, 1))
        storage.close()
