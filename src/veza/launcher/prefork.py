"""The process from which the HTTP processes and the job worker are forked: `veza prefork`.

It imports what HTTP processes need and assembles the application once; all that it forks share
that memory. It has no thread, no event loop and no connection, so a fork copies nothing that is in
use. It restarts processes that end, kills those whose event loop stands still, and stops all in
order.
"""

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence

import structlog
from msgspec import Struct
from prometheus_client import Counter

from veza.app.settings.settings import Settings
from veza.infra.processes.allocator import return_large_blocks
from veza.infra.processes.forked_bytes import ForkedBytes
from veza.infra.processes.heartbeats import CHECK_S, STALL_S, Heartbeat, StallCheck
from veza.infra.processes.parent_death import die_with
from veza.infra.processes.process_title import set_title
from veza.launcher.http_server import Application, Listeners, assemble, serve_http
from veza.launcher.process_metrics import forget_gauges

log = structlog.get_logger()

# Longer than running requests (10 s) and jobs (8 s) have to end.
STOP_TIMEOUT_S = 15.0
RESTART_PAUSE_S = 1.0

_SIGNALS = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}
# Longer than any pause: signals end the wait.
_LONG_S = 3600.0

_STALLED = Counter(
    "veza_processes_stalled_total",
    "Processes whose event loop stood still.",
    ["process"],
)


class ForkedProcess(Struct, frozen=True):
    """A process to fork: its name, what it runs, and the signal it gets when its parent dies."""

    name: str
    run: Callable[[], None]
    death_signal: signal.Signals


class PreforkPlan(Struct, frozen=True):
    """The processes to fork, and the sockets of the HTTP processes."""

    listeners: Listeners
    workers: int
    has_worker: bool


def run_prefork(
    settings: Settings, plan: PreforkPlan, *, prepare: Callable[[], None], work: Callable[[], None]
) -> None:
    """Fork processes until SIGTERM, after a line on standard input says that the engines run.

    `prepare` runs in a process of its own before the others, and meanwhile another one makes the
    API's document; if either fails, all end. `work` is what the job worker runs. Returns in each
    process when it has ended.
    """
    return_large_blocks()
    app = assemble(settings)

    def http() -> None:
        serve_http(app, settings, plan.listeners)

    def worker() -> None:
        plan.listeners.close()
        work()

    # Killed, so that a new server can use the same port immediately.
    processes = [ForkedProcess("http", http, signal.SIGKILL) for _ in range(plan.workers)]
    if plan.has_worker:
        processes.append(ForkedProcess("worker", worker, signal.SIGTERM))
    gc.collect()
    # Otherwise a garbage collection of a child would write to all pages, and so copy them.
    gc.freeze()
    if not _wait_for_start():
        return
    forget_gauges()
    group = ProcessGroup()
    child = _run_first(group, app, prepare)
    if child is None and group.is_prepared:
        # Closed here as well, so that nobody connects to a server that is stopping.
        child = group.run(processes, before_stop=plan.listeners.close)
    if child is not None:
        child.run()
    elif not group.is_prepared:
        sys.exit(1)


def _run_first(
    group: "ProcessGroup", app: Application, prepare: Callable[[], None]
) -> ForkedProcess | None:
    """Prepare the server, and make the API's document; in a child, return what it has to run."""
    document = ForkedBytes(app.pack_document)
    first = [
        ForkedProcess("prepare", prepare, signal.SIGKILL),
        ForkedProcess("openapi", document.write, signal.SIGKILL),
    ]
    child = group.run_once(first)
    if child is None and group.is_prepared:
        app.keep_document(document.read())
    return child


class ProcessGroup:
    """Child processes. In a forked child, methods return what it has to run.

    Each `check_s` they are checked; one whose event loop has stood still for `stall_s` is replaced.
    """

    def __init__(self, *, stall_s: float = STALL_S, check_s: float = CHECK_S) -> None:
        self.is_prepared = False
        self._stall_s, self._check_s = stall_s, check_s
        self._checked_at = time.monotonic()
        self._running: dict[int, ForkedProcess] = {}
        self._checks: dict[int, StallCheck] = {}
        self._due: list[tuple[float, ForkedProcess]] = []
        self._parent = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)

    def run_once(self, processes: Sequence[ForkedProcess]) -> ForkedProcess | None:
        """Run processes to their ends, all at once; set `is_prepared` if all succeed."""
        for process in processes:
            if self._fork(process):
                return process
        succeeded = 0
        while self._running and signal.sigwaitinfo(_SIGNALS).si_signo == signal.SIGCHLD:
            succeeded += sum(code == 0 for _, code in self._reap())
        self.is_prepared = succeeded == len(processes)
        for process in processes:
            self._stop(process.name)
        return None

    def run(
        self, processes: Sequence[ForkedProcess], *, before_stop: Callable[[], None]
    ) -> ForkedProcess | None:
        """Run processes until SIGTERM; restart those that end or stall. Stops HTTP first."""
        self._due = [(0.0, process) for process in processes]
        while True:
            child = self._start_due()
            if child is not None:
                return child
            self._kill_stalled()
            received = signal.sigtimedwait(_SIGNALS, self._pause_s())
            if received is None:
                continue
            if received.si_signo != signal.SIGCHLD:
                break
            for process, code in self._reap():
                log.error("process_ended", process=process.name, exit_code=code)
                self._due.append((time.monotonic() + RESTART_PAUSE_S, process))
        before_stop()
        for name in ("http", "worker"):
            self._stop(name)
        return None

    def _pause_s(self) -> float:
        next_at = min([self._checked_at + self._check_s, *(at for at, _ in self._due)])
        return max(0.0, next_at - time.monotonic())

    def _kill_stalled(self) -> None:
        elapsed_s = time.monotonic() - self._checked_at
        if elapsed_s < self._check_s:
            return
        self._checked_at += elapsed_s
        for pid, check in self._checks.items():
            # No longer than between two checks: this process may have been stopped, and all others.
            check.add(self._check_s)
            if check.stood_s >= self._stall_s:
                name = self._running[pid].name
                traceback = check.heartbeat.read_traceback(pid)
                log.error("process_stalled", process=name, pid=pid, traceback=traceback)
                _STALLED.labels(name).inc()
                check.stood_s = 0.0
                os.kill(pid, signal.SIGKILL)

    def _start_due(self) -> ForkedProcess | None:
        now = time.monotonic()
        due = [process for at, process in self._due if at <= now]
        self._due = [(at, process) for at, process in self._due if at > now]
        return next((process for process in due if self._fork(process)), None)

    def _fork(self, process: ForkedProcess) -> bool:
        """Fork; return True in the child. Tries again later if there is no memory for it."""
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            heartbeat = Heartbeat()
            pid = os.fork()
        except OSError as error:
            log.warning("process_not_started", process=process.name, error=str(error))
            self._due.append((time.monotonic() + RESTART_PAUSE_S, process))
            return False
        if pid != 0:
            self._running[pid] = process
            self._checks[pid] = StallCheck(pid, heartbeat)
            return False
        die_with(self._parent, process.death_signal)
        for other in self._checks.values():
            other.heartbeat.close()
        heartbeat.adopt()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        set_title("veza", process.name)
        return True

    def _reap(self) -> list[tuple[ForkedProcess, int]]:
        """Return each child that has ended, with its exit code."""
        ended: list[tuple[ForkedProcess, int]] = []
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            forget_gauges(pid)
            if check := self._checks.pop(pid, None):
                check.heartbeat.close()
            if process := self._running.pop(pid, None):
                ended.append((process, os.waitstatus_to_exitcode(status)))
        return ended

    def _stop(self, name: str) -> None:
        """End the processes of a name: with SIGTERM, and with SIGKILL after a timeout."""
        give_up_at = time.monotonic() + STOP_TIMEOUT_S
        self._send(name, signal.SIGTERM)
        while self._names(name):
            patience_s = give_up_at - time.monotonic()
            if patience_s <= 0:
                log.warning("process_killed", process=name)
                self._send(name, signal.SIGKILL)
                patience_s = _LONG_S
            signal.sigtimedwait({signal.SIGCHLD}, patience_s)
            self._reap()

    def _names(self, name: str) -> list[int]:
        return [pid for pid, process in self._running.items() if process.name == name]

    def _send(self, name: str, number: signal.Signals) -> None:
        # Those that have ended are not reaped yet, so that their ids are still theirs.
        for pid in self._names(name):
            os.kill(pid, number)


def _wait_for_start() -> bool:
    """Wait for a line on standard input; return False if it ends without one."""
    has_started = os.read(0, 1) != b""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return has_started
