"""Cursors and numbered pages."""

import base64
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from veza.core.errors import Invalid
from veza.core.ids import new_id
from veza.core.pages import (
    BadCursor,
    Cursor,
    PageTooFar,
    decode_cursor,
    encode_cursor,
    first_row,
    read_all,
)

MOMENT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
ID = UUID("0198c0de-0000-7000-8000-000000000001")
# Its base64 holds `-` and `_`, which the standard alphabet writes `+` and `/`.
AWKWARD = Cursor(MOMENT, ID, "title", "»»ÿÿ¿¿~~~???")

cursors = some.builds(
    Cursor,
    some.datetimes(timezones=some.just(UTC)),
    some.uuids(),
    some.none() | some.text(max_size=20),
    some.none() | some.text(max_size=40) | some.integers(-(2**63), 2**63 - 1),
)


def _text_of(value: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode()


@settings(max_examples=100, deadline=None)
@given(cursors)
def test_a_cursor_comes_back_as_it_was_made(cursor: Cursor) -> None:
    assert decode_cursor(encode_cursor(cursor)) == cursor


@settings(max_examples=100, deadline=None)
@given(cursors)
def test_a_cursor_needs_no_escaping_in_a_url(cursor: Cursor) -> None:
    assert set(encode_cursor(cursor)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


def test_a_plain_cursor_is_base64_of_json_with_time_and_id() -> None:
    text = encode_cursor(Cursor(MOMENT, ID))

    decoded = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert decoded == {"created_at": "2026-03-01T12:30:15.123456Z", "id": str(ID)}


def test_a_cursor_that_was_padded_again_is_read() -> None:
    text = encode_cursor(Cursor(MOMENT, new_id(), "likes_count", 7))

    for padded in (text + "=" * (-len(text) % 4), text + "=", text + "=="):
        assert decode_cursor(padded) == decode_cursor(text)


def test_a_cursor_in_the_standard_alphabet_is_read() -> None:
    text = encode_cursor(AWKWARD)
    standard = text.replace("-", "+").replace("_", "/")

    assert standard != text
    assert decode_cursor(standard) == AWKWARD


@settings(max_examples=100, deadline=None)
@given(some.text(max_size=200) | some.binary(max_size=200).map(_text_of))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with suppress(BadCursor):
        assert isinstance(decode_cursor(text), Cursor)


FINE = {"created_at": "2026-03-01T12:30:15Z", "id": str(ID)}


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        "text",
        None,
        {"id": str(ID)},
        {"created_at": "2026-03-01T12:30:15Z"},
        FINE | {"created_at": "2026-03-01T12:30:15"},
        FINE | {"created_at": "yesterday"},
        FINE | {"created_at": 5},
        FINE | {"id": "not-an-id"},
        FINE | {"id": None},
        FINE | {"value": {}},
        FINE | {"value": 1.5},
        FINE | {"value": True},
        FINE | {"admin": True},
    ],
)
def test_json_of_another_shape_is_a_bad_cursor(value: object) -> None:
    assert decode_cursor(_text_of(FINE))
    with pytest.raises(BadCursor):
        decode_cursor(_text_of(value))


@pytest.mark.parametrize("text", ["", "=", "====", "a", "é", "\0", "%%%", "e30", "Zm9v", "-" * 999])
def test_what_is_no_json_in_base64_is_a_bad_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(text)


def test_deeply_nested_json_is_a_bad_cursor() -> None:
    text = base64.urlsafe_b64encode(b'{"value":' + b"[" * 100_000 + b"]" * 100_000 + b"}").decode()

    with pytest.raises(BadCursor):
        decode_cursor(text)


def test_a_time_with_another_offset_is_the_same_moment() -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=5)))
    cursor = decode_cursor(_text_of({"created_at": there.isoformat(), "id": str(ID)}))

    assert cursor.created_at == MOMENT


@pytest.mark.parametrize(("page", "limit", "row"), [(1, 20, 0), (2, 20, 20), (3, 7, 14)])
def test_a_page_begins_after_those_before_it(page: int, limit: int, row: int) -> None:
    assert first_row(page, limit) == row


def test_pages_reach_ten_thousand_rows_and_no_further() -> None:
    assert first_row(100, 100) == 9900
    assert first_row(500, 20) == 9980
    for page, limit in ((101, 100), (501, 20), (10**30, 1)):
        with pytest.raises(PageTooFar):
            first_row(page, limit)


@pytest.mark.parametrize("page", [0, -1, -(10**30)])
def test_pages_are_counted_from_one(page: int) -> None:
    with pytest.raises(Invalid) as refused:
        first_row(page, 20)
    assert [fault.field for fault in refused.value.details] == ["page"]


async def test_all_pages_are_read_in_the_order_of_ids() -> None:
    rows = [Cursor(MOMENT, UUID(int=n)) for n in range(1, 6)]

    async def list_after(after: UUID) -> list[Cursor]:
        return [row for row in rows if row.id > after][:2]

    assert await read_all(list_after) == rows
