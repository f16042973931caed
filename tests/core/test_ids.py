"""Identifiers: UUIDs of version 7, which sort by the time they were made."""

import itertools
import re
import time
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.ids import lowest_id, new_id, read_short, time_of, write_short


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
    # Whatever else asks for the time meanwhile, such as what is logged, finds it going on.
    clock = itertools.count(1_700_000_000_000_000_000, 977)
    monkeypatch.setattr(time, "time_ns", lambda: next(clock))

    made = [new_id() for _ in range(3000)]

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


def test_an_id_tells_when_it_was_made() -> None:
    before = datetime.now(UTC)
    told = time_of(new_id())
    after = datetime.now(UTC)

    # A microsecond may be lost to the twelve bits that hold the fraction.
    assert before - timedelta(microseconds=2) <= told <= after


@given(st.integers(0, 2**53), st.integers(-(2**70), 2**70))
def test_the_lowest_id_of_a_moment_parts_what_was_made_before_and_after(after, distance) -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(microseconds=after)
    lowest = lowest_id(moment)
    near = lowest.int + distance
    made = UUID(int=near & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62)

    assert (made >= lowest) == (time_of(made) >= moment)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_moments_at_the_edge_of_the_calendar_have_a_lowest_id_too(moment) -> None:
    assert (new_id() > lowest_id(moment)) == (moment.year < 2000)


@given(st.uuids())
def test_a_short_id_is_read_as_what_it_was(made) -> None:
    short = write_short(made)

    assert re.fullmatch("[a-z2-7]{26}", short)
    assert read_short(short) == made


@pytest.mark.parametrize("text", ["", "a" * 25, "a" * 27, "A" * 26, "é" * 26, "1" * 26, "b" * 26])
def test_what_is_no_short_id_is_none(text) -> None:
    assert read_short(text) is None
