"""Identifiers: UUIDs of version 7, which sort by the time they were made."""

import time
from uuid import RFC_4122

from veza.core.ids import new_id


def test_an_id_has_the_version_and_the_variant_of_uuid7() -> None:
    for _ in range(200):
        made = new_id()
        assert made.version == 7
        assert made.variant == RFC_4122


def test_an_id_holds_the_millisecond_in_which_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000

    assert before <= made.int >> 80 <= after


def test_ids_sort_by_the_time_they_were_made(monkeypatch) -> None:
    moments = [1_700_000_000_000_000_000 + n * 977 for n in range(3000)]
    clock = iter(moments)
    monkeypatch.setattr(time, "time_ns", lambda: next(clock))

    made = [new_id() for _ in moments]

    assert made == sorted(made)
    assert [str(one) for one in made] == sorted(str(one) for one in made)


def test_ids_of_one_moment_differ(monkeypatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_000_000_000)

    assert len({new_id() for _ in range(1000)}) == 1000


def test_the_last_nanosecond_of_a_millisecond_stays_in_it(monkeypatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_000_999_999)
    last = new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_001_000_000)
    first = new_id()

    assert last < first
    assert last.version == first.version == 7
    assert last.int >> 80 == 1_700_000_000_000
