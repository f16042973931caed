"""Runs each failed test once more, alone, when the run has ended: `--confirm-failures`.

A test that passes then is unstable: it is listed last. The run succeeds if at most three tests are
unstable and none fails again. Many failures have one cause, so they are not run again.
"""

import subprocess
import sys
from collections.abc import Iterator

import pytest

MOST_UNSTABLE = 3
# More failures than this have a cause in common.
MOST_CONFIRMED = 10

_FAILED_AGAIN = "The following tests failed again when they were run alone:"
_UNSTABLE = f"Unstable tests, which passed when they were run alone (at most {MOST_UNSTABLE}):"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--confirm-failures",
        action="store_true",
        help="Run each failed test once more, alone, at the end of the run.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Confirm failures in the process that sees all reports."""
    if config.getoption("confirm_failures") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Confirmation(config), "confirmation of failures")


def has_succeeded(failed: int, unstable: int) -> bool:
    """Return whether a run succeeds of whose `failed` tests `unstable` pass alone."""
    return failed == unstable <= MOST_UNSTABLE


class _Confirmation:
    """The tests that failed in this run, and those of them that pass alone."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._failed: dict[str, None] = {}
        self._unstable: list[str] = []
        self._output: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a test whose set-up, call or tear-down failed."""
        if report.failed:
            self._failed[report.nodeid] = None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember a file that could not be collected."""
        if report.failed:
            self._failed[report.nodeid] = None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Run what failed again, and decide anew whether the run has succeeded."""
        if exitstatus != pytest.ExitCode.TESTS_FAILED or len(self._failed) > MOST_CONFIRMED:
            return
        for nodeid in self._failed:
            self._run_alone(nodeid)
        if has_succeeded(len(self._failed), len(self._unstable)):
            session.exitstatus = pytest.ExitCode.OK

    def _run_alone(self, nodeid: str) -> None:
        arguments = ["-n", "0", "-m", str(self._config.getoption("markexpr")), nodeid]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=self._config.rootpath,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == pytest.ExitCode.OK:
            self._unstable.append(nodeid)
        else:
            self._output.append(done.stdout)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
        """List what failed again, and at the very end what is unstable."""
        yield
        if self._output:
            terminalreporter.section(_FAILED_AGAIN)
            terminalreporter.write("\n".join(self._output))
        if self._unstable:
            terminalreporter.section("unstable tests")
            terminalreporter.line(_UNSTABLE)
            for nodeid in self._unstable:
                terminalreporter.line(nodeid)
