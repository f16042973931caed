"""Mutants of code and SQL, how they are put into running functions, and what is reported."""

import functools
import re
import sys
from types import ModuleType

import pytest

from tests.mutation import constants, mutants, report, store, swapping
from tests.mutation.mutants import Mutant, draw, find_mutants
from tests.mutation.recording import number_of, recording
from tests.mutation.sql import find_changes
from tests.mutation.store import RecordedTest, Store, Trial, choose_tests

_MODULE = '''"""An example."""

_SELECT = "select id from users where id = $1 and is_shown for update"
_COUNTED = f"select count(*) from ({_SELECT})"


async def may(tx, count):
    """Return True if it may."""
    if not await tx.find(_SELECT) and count < 3:
        raise ValueError
    log.info("asked", count=1)
    await tx.note()
    return [n for n in range(count) if n in {2}]


def _wrap(limit):
    def is_below(n):
        return n <= limit

    return is_below


def count():
    return _COUNTED


is_below = _wrap(5)
'''


@pytest.fixture
def example(tmp_path, monkeypatch):
    """The module as a file of queries, imported."""
    for module in (constants, mutants, swapping, store):
        monkeypatch.setattr(module, "SOURCES", tmp_path / "src")
    path = tmp_path / "src/veza/domains/example/queries.py"
    path.parent.mkdir(parents=True)
    (tmp_path / "tests/domains/example").mkdir(parents=True)
    path.write_text(_MODULE)
    module = ModuleType("veza.domains.example.queries")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(_MODULE, str(path), "exec"), vars(module))
    return module


def _changes(function):
    found = find_mutants("veza/domains/example/queries.py")
    return {(each.before, each.after) for each in found if each.function == function}


def test_conditions_statements_constants_and_results_are_changed(example):
    condition = "not await tx.find(_SELECT) and count < 3"
    listed = "[n for n in range(count) if n in {2}]"
    assert _changes("may") == {
        (condition, f"(not ({condition}))"),
        (condition, "((not await tx.find(_SELECT)) or (count < 3))"),
        ("count < 3", "count <= 3"),
        ("3", "4"),
        ("raise ValueError", "pass"),
        ("await tx.note()", "pass"),
        (listed, "None"),
        ("n in {2}", "n not in {2}"),
        ("2", "3"),
    }
    assert _changes("_wrap.<locals>.is_below") == {
        ("n <= limit", "n < limit"),
        ("n <= limit", "None"),
    }
    assert (" for update", "") in _changes("_SELECT")
    assert {mutant.path for mutant in draw(99, 1, "example")} == {"veza/domains/example/queries.py"}
    assert draw(5, 1, "example") == draw(99, 1, "example")[:5] != draw(5, 2, "example")


@pytest.mark.parametrize(
    ("literal", "changed"),
    [
        ('"where a = $1 and b is null"', {'"where true and b is null"'}),
        (
            '"delete from x where id = $1 and (a is not null or exists (select f(1))) limit 5"',
            {
                '"delete from x where true and (a is not null or exists (select f(1))) limit 5"',
                '"delete from x where id = $1 limit 5"',
                '"delete from x where id = $1 and (a is null or exists (select f(1))) limit 5"',
                '"delete from x where id = $1 and (a is not null) limit 5"',
                '"delete from x where id = $1 and (a is not null or exists (select f(1)))"',
            },
        ),
        (
            '"select 1 where n between 1 and 2 for no key update of o skip locked"',
            {
                '"select 1 where n between 1 and 2"',
                '"select 1 where true for no key update of o skip locked"',
            },
        ),
        ('f"select {shown("a")} where a >= b"', {'f"select {shown("a")} where a > b"'}),
        ("'select 1 where not a'", {"'select 1 where a'"}),
    ],
)
def test_sql_loses_conditions_locks_and_limits(literal, changed):
    made = {
        literal[: each.start] + each.after + literal[each.end :] for each in find_changes(literal)
    }
    assert changed <= made
    balanced = [text for text in made if text.count("(") == text.count(")")]
    assert len(balanced) == len(made)


def _find(function, after):
    found = find_mutants("veza/domains/example/queries.py")
    return next(each for each in found if (each.function, each.after) == (function, after))


@pytest.mark.long
def test_a_mutant_is_in_functions_closures_and_constants_for_a_time(example):
    cached = functools.cache(example.is_below)
    cached.__module__ = example.__name__
    assert cached(5)
    with swapping.applied(_find("_wrap.<locals>.is_below", "n < limit")):
        assert not example.is_below(5)
        assert not cached(5)
    assert example.is_below(5)
    assert cached(5)
    with swapping.applied(_find("_SELECT", "")):
        assert not example._SELECT.endswith("for update")
        assert "for update" not in example.count()
    assert example._SELECT.endswith("for update")
    assert "for update" in example.count()
    with (
        pytest.raises(swapping.NotApplicable),
        swapping.applied(_find("_wrap.<locals>.is_below", "None")),
    ):
        pass


def test_tests_are_chosen_by_what_they_execute(example):
    mutant = _find("_SELECT", "")
    number, counting = number_of(mutant.path, "may"), number_of(mutant.path, "count")

    def recorded(test, seconds, *numbers, passed=True):
        return RecordedTest(test, seconds, passed, list(numbers))

    known = [
        recorded("tests/app/test_b.py::test", 30, number),
        recorded("tests/domains/example/test_a.py::test", 90, counting, 1),
        recorded("tests/app/test_c.py::test", 5, 1),
        recorded("tests/app/test_d.py::test", 5, number, passed=False),
        recorded("tests/app/test_e.py::test", 40, number),
    ]
    chosen, left_out = choose_tests(mutant, known, budget_s=50)
    assert [each.test for each in chosen] == [known[1].test, known[0].test]
    assert left_out == 1


def test_functions_are_recorded_once_for_each_test():
    with recording() as first:
        find_changes("")
        draw(0, 1, "^$")
    with recording() as second:
        pass
    assert second <= first


def test_survivors_are_listed_and_equivalent_ones_are_not(example, tmp_path, monkeypatch):
    made = draw(99, 1, "example")
    known = Store(tmp_path / "run")
    known.write_plan(made)
    for mutant in made:
        known.add_trial(Trial(mutant.key, store.BEGUN))
    assert known.find_results() == {}
    for mutant in made[2:]:
        known.add_trial(Trial(mutant.key, store.KILLED, "tests/x", is_near=True))
    for mutant in made[:2]:
        known.add_trial(Trial(mutant.key, store.SURVIVED, tried=3, left_out=4))
    same = made[0]
    explained = report.Equivalent(same.path, same.function, same.before, same.after, "Why not")
    monkeypatch.setattr(report, "read_equivalent", lambda: [explained])
    shown = report.describe(known)
    assert f"{len(made)} mutants, 0 not applicable, 1 equivalent" in shown
    assert len(re.findall(r"queries\.py:\d+ .*\(3 tests, 4 left out\)", shown)) == 1

    known.forget_survivors()
    assert set(known.find_results()) == {mutant.key for mutant in made[2:]}


def test_what_a_fault_would_damage_is_told_by_its_place():
    def kind(path, function="f", operator="constant", before="1"):
        return Mutant(path, function, operator, 1, 0, before, "2").kind

    assert kind("veza/domains/marketplace/orders/rules.py") == "money"
    assert kind("veza/domains/auth/sessions/service.py") == "access"
    assert kind("veza/domains/marketplace/orders/personal_data.py") == "erasure"
    assert kind("veza/domains/gear/queries.py", "f", "lock", " for update") == "locks"
    assert kind("veza/domains/gear/queries.py") == "other"
    assert kind("veza/domains/auth/queries.py", "f", "limit", " limit 5") == "other"


def test_mutants_are_drawn_from_every_part_of_the_program():
    parts = {path.split("/")[1] for path in mutants.list_files("")}
    assert parts == {"core", "domains", "http", "infra", "server"}


def test_equivalent_mutants_name_code_that_is_there():
    for each in report.read_equivalent():
        text = (mutants.SOURCES / each.path).read_text()
        assert each.before in text, f"{each.path}: {each.before}"
        assert len(each.why) > 20
