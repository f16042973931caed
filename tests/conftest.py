"""The order of tests, and what a process loads for them: what they stand on is in `fixtures`."""

import gc
from collections import Counter
from pathlib import Path

import hypothesis
import pytest

pytest_plugins = [
    "tests.support.cpu_times",
    "tests.support.shared_compilation",
    "tests.support.shared_servers",
    "tests.support.temporary_files",
    "tests.support.unstable_tests",
]


# A long test may take several minutes on a slow machine.
LONG_TIMEOUT_S = 1200

# Tests are never timed: not how long an example takes, nor how long it takes to draw one.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


# Backups copy all that other tests of a process have stored before. Then come the folders whose
# files take longest, the longest file first: at the end no process waits for another's file. Their
# tests share servers, so they stay together.
_FIRST = (
    "tests/operations/",
    "tests/journeys/test_web_quality.py",
    "tests/journeys/",
    "tests/contract/",
    "tests/money/",
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files of long tests where none runs: some take a while to be imported."""
    if config.getoption("markexpr") != "not long" or collection_path.suffix != ".py":
        return None
    return True if "\npytestmark = pytest.mark.long\n" in collection_path.read_text() else None


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures, and so the program, unless this process only leads those that test."""
    is_leading = bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")
    if not is_leading:
        config.pluginmanager.import_plugin("tests.fixtures")


def pytest_sessionstart() -> None:
    """Collect no garbage while tests are collected: there is little, and much to search."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Search what tests make from now on, and less often: a whole search takes half a second."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, give it more time, and ensure that no two tests share an id.

    Of tests that share an id, only the first is run by more than one process.
    """
    count = Counter(item.nodeid for item in items)
    assert len(count) == len(items), count.most_common(3)
    long_tests = [item for item in items if item.get_closest_marker("long")]
    for item in long_tests:
        item.add_marker(pytest.mark.timeout(LONG_TIMEOUT_S))
    long_files = {item.path for item in long_tests}

    def find_place(item: pytest.Item) -> int:
        for place, folder in enumerate(_FIRST):
            if item.nodeid.startswith(folder):
                return place
        return len(_FIRST) + (item.path not in long_files)

    items.sort(key=find_place)
