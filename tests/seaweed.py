"""A SeaweedFS for tests: a real S3, that refuses wrong keys and URLs whose time is over."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import obstore
from msgspec import Struct
from obstore.exceptions import BaseError
from obstore.store import S3Store

from tests.journeys.served import free_port, until

_BUCKET = "media"
_START_S = 60


class Seaweed(Struct, frozen=True):
    """An S3 that runs: where it is, and who may use it."""

    endpoint: str
    key_id: str
    secret: str

    def url(self, prefix: str, *, secret: str | None = None) -> str:
        """Tell the URL of a storage in it, below a prefix; with another secret, to no avail."""
        options = {
            "endpoint": self.endpoint,
            "region": "us-east-1",
            "access_key_id": self.key_id,
            "secret_access_key": secret or self.secret,
        }
        return f"s3://{_BUCKET}/{prefix}?{urlencode(options)}"

    @property
    def environment(self) -> dict[str, str]:
        """The keys that it is told of by its environment."""
        return {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret}

    def is_ready(self) -> bool:
        """Return whether an object can be stored, which is a moment after it listens."""
        try:
            httpx.get(self.endpoint)
            obstore.put(self.store(), "checks/first", b"x")
            obstore.delete(self.store(), "checks/first")
        except (httpx.TransportError, BaseError):
            return False
        return True

    def store(self) -> S3Store:
        """Open all of it, as an operator would."""
        return S3Store(
            _BUCKET,
            endpoint=self.endpoint,
            region="us-east-1",
            access_key_id=self.key_id,
            secret_access_key=self.secret,
            client_options={"allow_http": True},
        )


def _port_without_sockets() -> int:
    """Return a free port that no socket in /tmp is named after.

    A SeaweedFS that was killed leaves such sockets, and another user can't remove them.
    """
    while True:
        port = free_port()
        if not any(Path("/tmp").glob(f"seaweedfs-*-{port}.sock")):
            return port


def prepare(data: Path) -> tuple[Seaweed, list[str]]:
    """Make the folder of an S3's data, which has to be started by this command."""
    port = _port_without_sockets()
    return Seaweed(f"http://127.0.0.1:{port}", "veza", secrets.token_hex(20)), _command(data, port)


@contextmanager
def running() -> Iterator[Seaweed]:
    """Have an S3 run inside the `with`; nothing of it is left in the end."""
    with tempfile.TemporaryDirectory(prefix="veza-s3-") as folder:
        made, command = prepare(Path(folder) / "data")
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                env=os.environ | made.environment,
                cwd=folder,
                stdout=output,
                stderr=output,
            )
        try:
            until(made.is_ready, _START_S, lambda: log.read_text()[-3000:])
            yield made
        finally:
            # It would take its time to end in order.
            process.kill()
            process.wait()


def _command(folder: Path, port: int) -> list[str]:
    folder.mkdir()
    command = [str(Path(sys.executable).with_name("weed")), "mini", f"-dir={folder}"]
    command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-bucket={_BUCKET}", f"-s3.port={port}"]
    # All else listens too, where no other is disturbed by it.
    for part in ("master", "volume", "filer", "admin"):
        command += [f"-{part}.port={free_port()}", f"-{part}.port.grpc={free_port()}"]
    command += [f"-s3.port.grpc={free_port()}", "-admin.ui=false", "-webdav=false"]
    return [*command, "-metricsPort=0", "-s3.port.iceberg=0", "-s3.port.lance=0"]
