"""Metadata of recordings, as people and programs write it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core import track_metadata as metadata


@pytest.mark.parametrize(
    ("text", "isrc"),
    [
        ("USRC17607839", "USRC17607839"),
        (" us-rc1-76-07839 ", "USRC17607839"),
        ("ISRC QZ-ES6-26-00017", "QZES62600017"),
        ("USRC1760783", None),
        ("USRC176078391", None),
        ("U1RC17607839", None),
        ("USRC1760783X", None),
        ("USRC1760783٣", None),
        ("", None),
    ],
)
def test_an_isrc_has_one_form(text, isrc):
    assert metadata.parse_isrc(text) == isrc


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("C", "C"),
        ("am", "Am"),
        ("A minor", "Am"),
        ("F#", "F#"),
        ("f♯ Major", "F#"),
        ("B flat minor", "Bbm"),
        ("Bbmin", "Bbm"),
        ("b", "B"),
        ("CM", "C"),
        ("8A", "Am"),
        ("08b", "C"),
        ("12A", "C#m"),
        ("1m", "Am"),
        ("1d", "C"),
        ("7d", "F#"),
        ("13A", None),
        ("0A", None),
        ("H", None),
        ("o", None),
        ("C##", None),
        ("Amazing", None),
        ("", None),
    ],
)
def test_a_key_has_one_form_whatever_it_is_written_in(text, key):
    assert metadata.parse_key(text) == key


def test_a_key_stays_as_it_is():
    keys = [
        f"{letter}{sign}{minor}"
        for letter in "ABCDEFG"
        for sign in ["", "#", "b"]
        for minor in ["", "m"]
    ]

    assert [metadata.parse_key(key) for key in keys] == keys
    wheel = [metadata.parse_key(f"{n}{ring}") for n in range(1, 13) for ring in "AB"]
    assert len(set(wheel)) == 24
    assert {metadata.parse_key(f"{n}{ring}") for n in range(1, 13) for ring in "dm"} == set(wheel)


@pytest.mark.parametrize(
    ("text", "bpm"),
    [
        ("128", 128),
        ("127,98", 127.98),
        (" 92.4567 ", 92.46),
        ("0", None),
        ("999.5", None),
        ("-5", None),
        ("1e3", None),
        ("nan", None),
        ("128 bpm", None),
        ("٣", None),
    ],
)
def test_a_tempo_is_a_number_within_bounds(text, bpm):
    assert metadata.parse_bpm(text) == bpm


@pytest.mark.parametrize(
    ("text", "year", "day"),
    [
        ("2026", 2026, None),
        ("2026-05-04", 2026, date(2026, 5, 4)),
        ("2026-05-04T10:00:00Z", 2026, date(2026, 5, 4)),
        ("2026-02-30", 2026, None),
        ("04/05/2026", 2026, None),
        ("0000", None, None),
        ("20260504", 2026, date(2026, 5, 4)),
        ("0001-01-01", None, None),
        ("3000-01-01", None, None),
        ("soon", None, None),
    ],
)
def test_a_date_may_be_a_year_alone(text, year, day):
    assert (metadata.parse_year(text), metadata.parse_date(text)) == (year, day)


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("03/12", 3), ("0", None), ("A1", None), ("12345", None), ("", None)],
)
def test_a_number_may_be_followed_by_the_total(text, number):
    assert metadata.parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "upc"),
    [
        ("036000291452", "036000291452"),
        ("4 006381 333931", "4006381333931"),
        ("725272730706", "725272730706"),
        ("5901234123457", "5901234123457"),
        ("4006381333932", None),
        ("123", None),
        ("", None),
    ],
)
def test_a_upc_needs_its_check_digit(text, upc):
    assert metadata.parse_upc(text) == upc


@given(st.text("0123456789", min_size=11, max_size=12), st.data())
def test_exactly_one_check_digit_fits_and_a_changed_digit_never_does(digits, data):
    [fitting] = [last for last in "0123456789" if metadata.parse_upc(digits + last)]
    whole = digits + fitting
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = data.draw(st.sampled_from([d for d in "0123456789" if d != whole[place]]))
    assert metadata.parse_upc(whole[:place] + changed + whole[place + 1 :]) is None


@pytest.mark.parametrize(
    ("text", "is_explicit"),
    [("1", True), ("4", True), ("2", False), ("0", None), ("Explicit", True), ("x", None)],
)
def test_an_advisory_may_say_nothing(text, is_explicit):
    assert metadata.parse_advisory(text) is is_explicit


@given(st.text(max_size=40))
def test_any_text_is_read_or_left(text):
    for parse in (
        metadata.parse_isrc,
        metadata.parse_key,
        metadata.parse_bpm,
        metadata.parse_year,
        metadata.parse_date,
        metadata.parse_number,
        metadata.parse_upc,
        metadata.parse_advisory,
    ):
        parse(text)
