"""Has files that share something dear run in one process: `--dist loadfile` makes it in each.

A server takes 5 s of a core to start, and the source of the program 3 s to parse. Files that start
servers of their own are left apart.
"""

import re
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

# The folders whose `conftest.py` has a server for all of their files, and the one whose files look
# at the same syntax trees.
_SHARING = ("tests/journeys/", "tests/domains/realtime/", "tests/architecture/")
# With the long tests it has the work of half an hour, for which each process starts a server.
_DIVIDED_IF_LONG = "tests/journeys/"
_STARTS_ITS_OWN = re.compile(r"\b(served|filled|prepared|making|running)\(")


class ServerScheduling(LoadFileScheduling):
    """Gives each process whole files, and all that share a server to one."""

    def _split_scope(self, nodeid: str) -> str:
        runs_long = self.config.getoption("markexpr") != "not long"
        return scope_of(nodeid.partition("::")[0], Path(self.config.rootpath), runs_long)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ServerScheduling | None:
    """Take the place of the scheduler of `--dist loadfile`."""
    return ServerScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


@cache
def scope_of(file: str, root: Path, runs_long: bool) -> str:
    """Return what a file of tests has in common with all that run in the same process."""
    folder = next((folder for folder in _SHARING if file.startswith(folder)), None)
    if runs_long and folder == _DIVIDED_IF_LONG:
        return file
    if folder is None or _STARTS_ITS_OWN.search((root / file).read_text()):
        return file
    return folder
