"""A program of the cluster: it can be started, stopped, killed, frozen, and started again."""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from veza.infra.processes.embedded import UnixUser

STOP_S = 60


class Program:
    """One process. It ends with the one that started it, from whose main thread it is started."""

    def __init__(
        self,
        name: str,
        command: list[str],
        folder: Path,
        *,
        account: UnixUser | None = None,
        environment: Mapping[str, str] | None = None,
        death_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name = name
        self.command = command
        self.environment = dict(environment or {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"})
        self._folder = folder
        self._account = account
        self._death_signal = death_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log_path(self) -> Path:
        return self._folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        """The end of what it wrote."""
        return self.log_path.read_text(errors="replace")[-4000:]

    def start(self) -> None:
        assert not self.is_running, f"{self.name} runs already"
        account = self._account
        with self.log_path.open("ab") as output:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", self._death_signal.name[3:], *self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._folder,
                env=self.environment,
                # Ctrl-C is for the cluster, which stops them in order.
                start_new_session=True,
                user=None if account is None else account.uid,
                group=None if account is None else account.gid,
                extra_groups=None if account is None else [],
            )

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def family(self) -> list[int]:
        """Return its process id and those of its children."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [self.pid, *map(int, children.split())]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Stop it in order; return its exit code."""
        self.terminate(number)
        return self.wait()

    def terminate(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.is_running:
            self.send(number)

    def wait(self) -> int:
        """Wait until it has ended, and kill it if it does not; return its exit code."""
        assert self._process is not None
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
        return self._process.returncode

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
