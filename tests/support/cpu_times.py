"""Lists how much CPU time each file of tests takes, with all processes it starts: `--cpu-times`.

Unlike durations these say the same on a busy machine. Each process of a run joins a control group,
which the processes that it starts inherit, so that those count that nobody waits for. Needs root.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

LISTED = 25

_PROPERTY = "cpu_s"
# Version 1 of control groups has a hierarchy for each resource, and version 2 one for all.
_BY_RESOURCE = Path("/sys/fs/cgroup/cpuacct")
_FOR_ALL = Path("/sys/fs/cgroup")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--cpu-times",
        action="store_true",
        help=f"List the {LISTED} files whose tests take the most CPU time, with what they start.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Measure in processes that test, and list in the one that sees all reports."""
    if not config.getoption("cpu_times"):
        return
    is_worker = hasattr(config, "workerinput")
    if is_worker or not config.getoption("numprocesses", None):
        config.pluginmanager.register(_Meter(join_group()), "CPU meter")
    if not is_worker:
        config.pluginmanager.register(CpuTimes(), "CPU times")


def join_group() -> Callable[[], float]:
    """Move this process to a control group of its own; return what reads its CPU time in seconds.

    Raises UsageError if this process may not.
    """
    is_by_resource = _BY_RESOURCE.is_dir()
    parent = _BY_RESOURCE if is_by_resource else _FOR_ALL
    for left_over in parent.glob("veza-tests-*"):
        # Those with processes can't be removed: their run goes on.
        with suppress(OSError):
            left_over.rmdir()
    group = parent / f"veza-tests-{os.getpid()}"
    try:
        group.mkdir()
        (group / "cgroup.procs").write_text(str(os.getpid()))
    except OSError as error:
        raise pytest.UsageError(f"--cpu-times can't use control groups: {error}") from error

    def read() -> float:
        if is_by_resource:
            return int((group / "cpuacct.usage").read_text()) / 1e9
        told = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
        return int(told["usage_usec"]) / 1e6

    return read


class _Meter:
    """Adds to the report of each test what it took, with the fixtures that began and ended."""

    def __init__(self, read: Callable[[], float]) -> None:
        self._read = read
        self._before = read()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[object]) -> None:
        """Measure at the end of a test."""
        if call.when == "teardown":
            now = self._read()
            item.user_properties.append((_PROPERTY, now - self._before))
            self._before = now


class CpuTimes:
    """The CPU time and the duration of each file, in seconds."""

    def __init__(self) -> None:
        self._cpu_s: Counter[str] = Counter()
        self._duration_s: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add what a part of a test took."""
        file = report.nodeid.partition("::")[0]
        self._duration_s[file] += report.duration
        if report.when == "teardown":
            self._cpu_s[file] += sum(
                float(str(value)) for name, value in report.user_properties if name == _PROPERTY
            )

    def list_lines(self) -> list[str]:
        """Return the sum, and the files that take most."""
        lines = [
            f"{cpu_s:8.1f} s  {self._duration_s[file]:8.1f} s  {file}"
            for file, cpu_s in self._cpu_s.most_common(LISTED)
        ]
        cpu_s, duration_s = sum(self._cpu_s.values()), sum(self._duration_s.values())
        return [f"{cpu_s:8.1f} s  {duration_s:8.1f} s  all {len(self._cpu_s)} files", *lines]

    @pytest.hookimpl(wrapper=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
        """List them."""
        yield
        terminalreporter.section("CPU time and duration of files")
        for line in self.list_lines():
            terminalreporter.line(line)
