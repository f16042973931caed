"""Starts the embedded engines as unprivileged child processes that end with their parent.

PostgreSQL refuses to run as root, so as root a child runs as the owner of its data, or as `nobody`.
That user may not be able to enter the folders above the data (such as /root). The working
directory is therefore set before privileges are dropped, and the child refers to it as `HERE`.
"""

import asyncio
import ctypes
import os
import pwd
import signal
import stat
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from veza.core.errors import CannotStart

# A path of the working directory that needs no access to the folders above it.
HERE = "/proc/self/cwd"


# Symbolic links to folders whose path is too long for a socket. Not in TMPDIR, which may differ
# between the server and its clients. Its owner and mode are checked.
SOCKET_LINKS = Path(f"/tmp/veza-{os.geteuid()}")  # noqa: S108

SOCKET_PATH_LIMIT_BYTES = 103 if sys.platform == "darwin" else 107
LOG_LIMIT_BYTES = 10_000_000
TAIL_LINES = 15
POLL_S = 0.01

_PR_SET_PDEATHSIG = 1
# Loaded here: nothing should be imported or allocated between fork and exec.
_prctl: Callable[[int, int], int] | None = (
    ctypes.CDLL(None).prctl if sys.platform == "linux" else None
)


class UnixUser(Struct, frozen=True):
    """The user that a child runs as if this process is root."""

    uid: int
    gid: int


class LogFile(Struct, frozen=True):
    """The log file of a child, and the offset at which the output of this start begins."""

    path: Path
    start: int

    def tail(self) -> str:
        """Return the last lines that were written since the start."""
        with self.path.open("rb") as file:
            file.seek(max(self.start, self.path.stat().st_size - 20_000))
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])


class ProcessLaunch(Struct, frozen=True, kw_only=True):
    """The parameters of a child process."""

    command: Sequence[str]
    folder: Path
    account: UnixUser | None
    log: LogFile | None = None
    death_signal: signal.Signals = signal.SIGKILL


class Engine:
    """A server process. `stop_signals` are sent in order, each with a timeout in seconds."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        stop_signals: Sequence[tuple[signal.Signals, float]],
    ) -> None:
        self._process = process
        self._stop_signals = stop_signals

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code: None while it runs, negative for a signal."""
        return self._process.returncode

    async def wait(self) -> int:
        """Wait for the process to end; return its exit code."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Send the stop signals and at last SIGKILL, until the process has ended."""
        for signal_number, patience_s in (*self._stop_signals, (signal.SIGKILL, 30.0)):
            if self._process.returncode is not None:
                return
            # The event loop may not know yet that it has ended.
            with suppress(ProcessLookupError):
                self._process.send_signal(signal_number)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), patience_s)


async def becomes_ready(
    engine: Engine, is_ready: Callable[[], Awaitable[bool]], patience_s: float
) -> bool:
    """Wait until a server is ready. Return False if it ends or, stopped then, takes too long."""
    try:
        async with asyncio.timeout(patience_s):
            while engine.exit_code is None:
                if await is_ready():
                    return True
                await asyncio.sleep(POLL_S)
    except BaseException as error:
        await engine.stop()
        if not isinstance(error, TimeoutError):
            raise
    return False


def not_started(name: str, engine: Engine, log: LogFile) -> CannotStart:
    """Return the error for the operator if a server did not become ready."""
    return CannotStart(
        f"{name} did not start (exit code {engine.exit_code}). "
        f"The last lines of {log.path}:\n{log.tail()}"
    )


def choose_user(*folders: Path) -> UnixUser | None:
    """Return the first owner of these folders that is not root, else `nobody`.

    Return None if this process isn't root. Raises CannotStart if there is no user `nobody`.
    """
    if os.geteuid() != 0:
        return None
    for folder in folders:
        owner = _owner_of(folder)
        if owner is not None:
            return owner
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise CannotStart(
            "PostgreSQL does not run as root, and there is no user `nobody` to run it as: "
            "start Veza as an ordinary user."
        ) from None
    return UnixUser(nobody.pw_uid, nobody.pw_gid)


def _owner_of(folder: Path) -> UnixUser | None:
    if not folder.exists() or folder.stat().st_uid == 0:
        return None
    try:
        # initdb needs the name of the user.
        owner = pwd.getpwuid(folder.stat().st_uid)
    except KeyError:
        return None
    return UnixUser(owner.pw_uid, owner.pw_gid)


def make_folder(folder: Path, mode: int, owner: UnixUser | None = None) -> None:
    """Create a folder with this mode and owner, or set them. Raises CannotStart."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        # By a file descriptor, so that root does not follow a symbolic link.
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if owner is not None:
                os.fchown(handle, owner.uid, owner.gid)
            os.fchmod(handle, mode)
        finally:
            os.close(handle)
    except OSError as error:
        raise CannotStart(
            f"The folder {folder} can't be made or written ({error.strerror}): start Veza as the "
            "user who owns the data, or choose another data folder."
        ) from error


def open_log(path: Path) -> LogFile:
    """Open a log for a new start; a large one is rotated first. Raises CannotStart."""
    try:
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_name(path.name + ".1"))
        os.close(_open_for_append(path))
    except OSError as error:
        raise CannotStart(f"The log {path} can't be written: {error.strerror}.") from error
    return LogFile(path, path.stat().st_size)


def _open_for_append(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    file = os.open(path, flags, 0o600)
    if os.geteuid() == 0:
        # So that the owner of the folder can start the server later without root.
        folder = path.parent.stat()
        os.fchown(file, folder.st_uid, folder.st_gid)
    return file


async def spawn(launch: ProcessLaunch, stdin: int) -> asyncio.subprocess.Process:
    """Start a child with reduced privileges and environment, which ends with this process."""
    account = launch.account
    output = asyncio.subprocess.PIPE if launch.log is None else _open_for_append(launch.log.path)
    try:
        return await asyncio.create_subprocess_exec(
            *launch.command,
            stdin=stdin,
            stdout=output,
            stderr=output,
            cwd=launch.folder,
            # The environment of this process has secrets.
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC"},
            # Ctrl-C in the terminal must not reach the engines, which are stopped in order.
            start_new_session=True,
            preexec_fn=_bind_to_parent(launch.death_signal),
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )
    finally:
        if output >= 0:
            os.close(output)


def _bind_to_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Return a function for the child that makes the kernel signal it when its parent ends.

    A change of user clears this, so it is set afterwards.
    """
    parent = os.getpid()
    number = int(death_signal)

    def bind() -> None:
        if _prctl is not None:
            _prctl(_PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:
                os._exit(1)

    return bind


async def run(launch: ProcessLaunch, stdin: bytes = b"") -> tuple[int, str]:
    """Run a child to its end; return its exit code and, unless it goes to a log, its output.

    The child is killed if this is cancelled.
    """
    process = await spawn(launch, asyncio.subprocess.PIPE)
    try:
        output, _ = await process.communicate(stdin)
        return await process.wait(), (output or b"").decode(errors="replace")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def short_socket_folder(folder: Path, socket_name: str) -> Path:
    """Return a path of this folder that is short enough for a socket in it.

    That is the folder itself or, if its path is too long, a symbolic link under /tmp whose name is
    derived from the path, so that all clients find it.
    """
    folder = folder.resolve()
    # A comma separates hosts in a database URL.
    if len(os.fsencode(folder / socket_name)) <= SOCKET_PATH_LIMIT_BYTES and "," not in str(folder):
        return folder
    links = SOCKET_LINKS
    with suppress(FileExistsError):
        links.mkdir(mode=0o700)
    found = links.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise CannotStart(f"{links} must be a folder of yours with mode 0700: remove it.")
    link = links / sha256(os.fsencode(folder)).hexdigest()[:16]
    with suppress(FileExistsError):
        link.symlink_to(folder)
    return link
