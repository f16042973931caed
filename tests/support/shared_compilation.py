"""Has each process of a run import another part of the tests first.

What one has compiled, the others read. In a fresh clone each would compile all: 11 s.
"""

import importlib
from contextlib import suppress
from pathlib import Path

import pytest
from _pytest.outcomes import OutcomeException


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Import the part of this process, where all tests are collected."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    number, count = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    for file in find_part(session.config.rootpath, number, count):
        if session.config.hook.pytest_ignore_collect(collection_path=file, config=session.config):
            continue
        # What can't be imported, or is skipped, is reported when it is collected.
        with suppress(Exception, OutcomeException):
            importlib.import_module(_name_of(file, session.config.rootpath))


def find_part(root: Path, number: int, count: int) -> list[Path]:
    """Return the files of one process of `count`: neighbours, which import the same helpers."""
    files = sorted(root.glob("tests/**/test_*.py"))
    return files[len(files) * number // count : len(files) * (number + 1) // count]


def _name_of(file: Path, root: Path) -> str:
    return ".".join(file.relative_to(root).with_suffix("").parts)
