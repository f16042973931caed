"""A real server for journeys: `veza serve` as a process of its own, with a folder of its own."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.make import PASSWORD
from tests.support.data_template import fill

START_S = 90
STOP_S = 45


class Server:
    """One `veza serve` on one folder: it can be stopped, killed and started again."""

    def __init__(self, folder: Path, *options: str, **settings: str) -> None:
        self.python = sys.executable
        self.data_dir = folder / "data"
        self.port = free_port()
        self._log = folder / "log"
        self._options = options
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), env=self.environment(), stdout=log, stderr=log
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        def is_ready() -> bool:
            assert not self.has_ended, f"It ended before it was ready:\n{self.log[-4000:]}"
            try:
                return httpx.get(f"{self.url}/readyz", verify=False).status_code == 200
            except httpx.TransportError:
                return False

        until(is_ready, START_S, lambda: f"It is not ready:\n{self.log[-4000:]}")

    def stop(self) -> None:
        """Stop it as an operator does: it ends well, and leaves nothing running."""
        self.terminate()
        self.ensure_stopped()

    def terminate(self) -> None:
        assert self._process is not None
        self._process.terminate()

    def ensure_stopped(self) -> None:
        assert self._process is not None
        assert self._process.wait(STOP_S) == 0, self.log[-4000:]
        assert self.processes() == {}, self.log[-4000:]

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def ensure_books_are_right(self) -> None:
        """Have the books verified, as those who run a server do."""
        self._ensure_verified("ledger", "The books are right.")

    def ensure_storage_is_right(self) -> None:
        """Have database and storage held against each other, byte by byte."""
        self._ensure_verified("storage", "The storage is right.", "--deep")

    def _ensure_verified(self, what: str, sentence: str, *options: str) -> None:
        run = subprocess.run(
            [*self.command()[:3], what, "verify", *options],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert run.stdout.endswith(f"{sentence}\n")

    def command(self) -> list[str]:
        return [self.python, "-m", "veza", "serve", "--port", str(self.port), *self._options]

    def configure(self, **settings: str) -> None:
        """Have other settings from the next start on."""
        self._settings |= settings

    def environment(self) -> dict[str, str]:
        ours = {"VEZA_DATA_DIR": str(self.data_dir), "VEZA_ENV": "test"}
        # Journeys ask more often than anybody may.
        ours |= {"VEZA_RATE_LIMIT_GLOBAL": "0", "VEZA_RATE_LIMIT_PER_IP": "0"}
        ours |= {"VEZA_CONNECTIONS_PER_IP": "0"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VEZA_")}
        return kept | ours | self._settings

    def processes(self) -> dict[int, str]:
        """Every process that belongs to this server, however it was started, with its command."""
        return processes_of(self.data_dir)

    def http_workers(self) -> list[int]:
        """The processes that answer requests."""
        return self.processes_named("veza http ")

    def workers_running(self, word: str) -> list[int]:
        """The workers whose jobs run a program of this name."""
        workers = set(self.processes_named("veza worker "))
        running = self.processes_named(word)
        return sorted({pid for one in running for pid in ancestors_of(one)} & workers)

    def processes_named(self, word: str) -> list[int]:
        return [pid for pid, command in self.processes().items() if word in f"{command} "]


@contextmanager
def served(*options: str, **settings: str) -> Iterator[Server]:
    """A server that runs inside the `with`, and is stopped in order at its end."""
    with filled(*options, **settings) as server:
        server.start()
        yield server
        if not server.has_ended:
            server.stop()


@contextmanager
def filled(*options: str, **settings: str) -> Iterator[Server]:
    """A server that isn't started yet, but whose own database has its migrations."""
    with prepared(*options, **settings) as server:
        if "VEZA_DATABASE_URL" not in settings:
            fill(server.data_dir)
        yield server


@contextmanager
def another_process(server: Server) -> Iterator[str]:
    """One more HTTP process of the same server, which answers under an address of its own."""
    url = f"http://127.0.0.1:{free_port()}"
    command = [*server.command()[:3], "http", "--port", url.rpartition(":")[2]]
    process = subprocess.Popen(command, env=server.environment())

    def is_there() -> bool:
        try:
            return httpx.get(f"{url}/readyz", verify=False).status_code == 200
        except httpx.TransportError:
            return False

    try:
        until(is_there, START_S)
        yield url
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def prepared(*options: str, **settings: str) -> Iterator[Server]:
    """A server that was never started; whatever happens, nothing of it is left in the end."""
    # A short path, for sockets lie below it, which others than root must get at.
    folder = Path(tempfile.mkdtemp(prefix="veza-"))
    folder.chmod(0o755)
    server = Server(folder, *options, **settings)
    try:
        yield server
    finally:
        if not server.has_ended:
            server.kill()
        for pid in server.processes():
            kill_if_there(pid)
        shutil.rmtree(folder, ignore_errors=True)


def processes_of(data_dir: Path) -> dict[int, str]:
    found = {}
    setting = f"VEZA_DATA_DIR={data_dir}".encode()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = setting in (place / "environ").read_bytes().split(b"\0")
            is_ours = is_ours or (place / "cwd").readlink().is_relative_to(data_dir)
            command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if is_ours and not is_zombie(int(place.name)):
            found[int(place.name)] = command
    return found


def status_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def is_zombie(pid: int) -> bool:
    try:
        return status_of(pid)["State"].startswith("Z")
    except (OSError, KeyError):
        return True


def parent_of(pid: int) -> int:
    try:
        return int(status_of(pid)["PPid"])
    except (OSError, KeyError):
        return 0


def ancestors_of(pid: int) -> list[int]:
    """The process that started another, the one that started that, and so on."""
    found = []
    while pid := parent_of(pid):
        found.append(pid)
    return found


def memory_kib(pid: int, name: str) -> int:
    return int(status_of(pid)[name].removesuffix("kB"))


def kill_if_there(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def until(
    holds: Callable[[], object], limit_s: float, complaint: Callable[[], str] = lambda: "In vain."
) -> None:
    """Wait until something holds. The limit is for a test that fails."""
    give_up_at = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < give_up_at, complaint()
        time.sleep(0.05)


# The ports that this process has drawn.
_DRAWN: set[int] = set()


def free_port() -> int:
    """A port that nobody has, and that no connection gets before a server listens there.

    It lies below those that the system draws for connections that go out. Each process of a test
    run has ports of its own, and draws none twice: a server may listen only later.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = 20_000 + worker % 6 * 2_000 + secrets.randbelow(2_000)
        if len(_DRAWN) > 1_000:
            _DRAWN.clear()
        if port in _DRAWN:
            continue
        _DRAWN.add(port)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def calling(server: Server, token: str | None = None) -> Iterator[httpx.Client]:
    """A client of the API, with a connection of its own."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    base = f"{server.url}/api/v1/"
    # There is nothing to verify, and reading the authorities takes a while.
    with httpx.Client(base_url=base, headers=headers, timeout=60, verify=False) as client:
        yield client


def sign_up(server: Server, name: str) -> str:
    """Become a creator; give the access token."""
    with calling(server) as client:
        form = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        answer = client.post("auth/register", json=form)
        assert answer.status_code == 201, answer.text
        token = answer.json()["data"]["access_token"]
        answer = client.post("users/me/creator", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["access_token"]


def set_role(server: Server, name: str, role: str) -> None:
    """Change the role of a member from the command line; they sign in again to have it."""
    command = [*server.command()[:3], "set-role", name, role]
    subprocess.run(command, env=server.environment(), check=True, capture_output=True)


def upload(client: httpx.Client, source: Path, **said: str) -> str:
    """Upload a file; give the id of the track."""
    with source.open("rb") as file:
        form = {"title": source.stem} | said
        answer = client.post("tracks", data=form, files={"file": (source.name, file)})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"]


def wait_for_track(client: httpx.Client, track_id: str, limit_s: float = 120) -> dict:
    """Wait until a track is no longer being processed."""
    track: dict = {}

    def is_done() -> bool:
        answer = client.get(f"tracks/{track_id}")
        if answer.status_code == 200:
            track.update(answer.json()["data"])
        return track.get("status") in {"ready", "failed"}

    until(is_done, limit_s, lambda: f"The track is not ready: {track}")
    return track


def named_in(playlist: str) -> list[tuple[str, float]]:
    """What a playlist of segments names, with the lengths in seconds; the initial one has none."""
    init = re.findall(r'^#EXT-X-MAP:URI="(.+)"$', playlist, re.MULTILINE)
    segments = re.findall(r"^#EXTINF:([0-9.]+),\n([^#\n]+)$", playlist, re.MULTILINE)
    return [(name, 0.0) for name in init] + [(name, float(s)) for s, name in segments]
