"""A plugin of pytest that records what tests execute, and then tries mutants in one process.

A mutant is killed if a test fails with it that passes right afterwards without it. Where it does
not pass, the mutant may have damaged something that remains: the process ends, and the next one
tries this test first without the mutant and then with it.
"""

import gc
import resource
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.mutation import store
from tests.mutation.mutants import Mutant
from tests.mutation.recording import recording
from tests.mutation.store import RecordedTest, Store, Trial, choose_tests
from tests.mutation.swapping import NotApplicable, applied

# A mutant may fill a list without end.
_MAX_BYTES = 4 << 30

_ENDED = "the process of the tests ended"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that `python -m tests.mutation` gives."""
    parser.addoption("--mutation-folder", type=Path)
    parser.addoption("--mutation-step", choices=["record", "try"])
    parser.addoption("--mutation-share", default="0/1")
    parser.addoption("--mutation-budget", type=float)


def pytest_configure(config: pytest.Config) -> None:
    """Take over the run of the tests."""
    config.pluginmanager.register(MutationRun(config), "run of mutants")


class MutationRun:
    """One process of a run."""

    def __init__(self, config: pytest.Config) -> None:
        self._store = Store(config.getoption("mutation_folder"))
        self._is_recording = config.getoption("mutation_step") == "record"
        number, count = config.getoption("mutation_share").split("/")
        self._number, self._count = int(number), int(count)
        self._budget_s = config.getoption("mutation_budget")
        self._has_failed = False
        self._items: dict[str, pytest.Item] = {}
        self._nothing_more: Any = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember that a test failed."""
        self._has_failed |= report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run tests as this run needs them, instead of one after the other."""
        if session.testsfailed:
            raise session.Failed("Files of tests can't be collected.")
        # Functions are found among all objects.
        gc.unfreeze()
        self._items = {item.nodeid: item for item in session.items}
        self._nothing_more = _NothingMore(session)
        if self._is_recording:
            self._record()
        else:
            resource.setrlimit(resource.RLIMIT_DATA, (_MAX_BYTES, _MAX_BYTES))
            self._try_all()
        session.testsfailed = 0
        return True

    def _record(self) -> None:
        """Run the tests that were not recorded before, or failed then; those of this share."""
        known = {each.test for each in self._store.read_tests() if each.passed}
        files = sorted({item.path for item in self._items.values()})
        mine = set(files[self._number :: self._count])
        chosen = [
            item for item in self._items.values() if item.path in mine and item.nodeid not in known
        ]
        for item, following in pairwise([*chosen, self._nothing_more]):
            began = time.monotonic()
            with recording() as functions:
                passed = self._passes(item, following)
            seconds = round(time.monotonic() - began, 3)
            self._store.add_test(RecordedTest(item.nodeid, seconds, passed, sorted(functions)))

    def _try_all(self) -> None:
        results = self._store.find_results()
        recorded = [each for each in self._store.read_tests() if each.test in self._items]
        for mutant in self._store.read_plan()[self._number :: self._count]:
            if mutant.key in results:
                continue
            former = [each for each in self._store.read_trials() if each.key == mutant.key]
            if sum(each.state == store.BEGUN for each in former) > 1:
                self._store.add_trial(Trial(mutant.key, store.KILLED, _ENDED))
                continue
            self._store.add_trial(Trial(mutant.key, store.BEGUN))
            suspected = [each.test for each in former if each.state == store.SUSPECTED]
            trial = self._try(mutant, recorded, suspected)
            self._store.add_trial(trial)
            if trial.state == store.SUSPECTED:
                return

    def _try(self, mutant: Mutant, recorded: list[RecordedTest], suspected: list[str]) -> Trial:
        """Run tests with a mutant, until one fails."""
        for test in suspected:
            if self._is_killed_for_good(mutant, self._items[test]):
                return self._killed(mutant, test, 1)
        tests, left_out = choose_tests(mutant, recorded, self._budget_s)
        tests = [each for each in tests if each.test not in suspected]
        try:
            with applied(mutant):
                failed = self._find_failing([self._items[each.test] for each in tests])
        except NotApplicable:
            return Trial(mutant.key, store.NOT_APPLICABLE)
        if failed is None:
            return Trial(mutant.key, store.SURVIVED, tried=len(tests), left_out=left_out)
        tried = [each.test for each in tests].index(failed.nodeid) + 1
        if self._passes(failed, self._nothing_more):
            return self._killed(mutant, failed.nodeid, tried)
        return Trial(mutant.key, store.SUSPECTED, failed.nodeid)

    def _find_failing(self, items: list[pytest.Item]) -> pytest.Item | None:
        for item, following in pairwise([*items, self._nothing_more]):
            if not self._passes(item, following):
                # Its module and folder are set up again, without the mutant.
                with suppress(Exception):
                    item.session._setupstate.teardown_exact(self._nothing_more)
                return item
        return None

    def _is_killed_for_good(self, mutant: Mutant, item: pytest.Item) -> bool:
        """Return whether a test passes in a new process without a mutant, and fails with it."""
        if not self._passes(item, self._nothing_more):
            return False
        with applied(mutant):
            return self._find_failing([item]) is not None

    def _killed(self, mutant: Mutant, test: str, tried: int) -> Trial:
        is_near = test.startswith(store.near_folder(mutant))
        return Trial(mutant.key, store.KILLED, test, is_near=is_near, tried=tried)

    def _passes(self, item: pytest.Item, following: Any) -> bool:
        self._has_failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self._has_failed


class _NothingMore:
    """Stands for the next test where there is none yet: only the session stays set up."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session

    def listchain(self) -> list[pytest.Session]:
        return [self._session]
