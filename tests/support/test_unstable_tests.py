"""Failed tests are run again, and a run with few unstable ones succeeds."""

import sys
from pathlib import Path

import pytest

from tests.support.unstable_tests import has_succeeded

pytest_plugins = ["pytester"]

_PROJECT = Path(__file__).parents[2]

# Fails at its first run, and passes afterwards.
_FAILS_ONCE = """
    from pathlib import Path

    def test_fails_once_{name}():
        mark = Path(__file__).with_name("{name}.mark")
        is_first = not mark.exists()
        mark.touch()
        assert not is_first
"""
_PASSES = "def test_passes(): pass"
_FAILS = "def test_fails_always(): assert False"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(_PROJECT))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    # These runs, and those that they begin, need none of the other plugins, which take a second.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "xdist.plugin")
    pytester.makeconftest('pytest_plugins = ["tests.support.unstable_tests"]')
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.run(sys.executable, "-m", "pytest", "--confirm-failures", *arguments)


def add_unstable(project: pytest.Pytester, count: int) -> None:
    names = [f"unstable_{number}" for number in range(count)]
    project.makepyfile(**{f"test_{name}": _FAILS_ONCE.format(name=name) for name in names})


def test_three_unstable_tests_are_listed_last_and_the_run_succeeds(project: pytest.Pytester):
    add_unstable(project, 3)
    project.makepyfile(test_stable=_PASSES)
    result = run(project, "-n", "2")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["Unstable tests, which passed*", "test_unstable_*", "test_unstable_*", "test_unstable_*"],
        consecutive=True,
    )


def test_what_fails_again_or_is_not_collected_fails_the_run(project: pytest.Pytester):
    add_unstable(project, 1)
    project.makepyfile(test_broken=_FAILS, test_wrong="import nothing_of_that_name")
    result = run(project, "-n", "0", "--continue-on-collection-errors")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*failed again*", "*nothing_of_that_name*", "*test_fails_always*", "*Unstable tests*"]
    )


def test_a_run_succeeds_with_three_unstable_tests_at_most():
    assert has_succeeded(failed=3, unstable=3)
    assert not has_succeeded(failed=4, unstable=4)
    assert not has_succeeded(failed=3, unstable=2)
