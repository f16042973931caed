"""Work in pieces: the order of the items, and turns of others in between."""

from tests.loop_turns import counted_turns
from veza.infra.concurrency.pieces import (
    PIECE_ROWS,
    convert_in_pieces,
    in_pieces,
    join_in_pieces,
)


def show(number: int) -> str:
    return str(number)


async def test_a_long_list_is_converted_in_pieces_with_turns_of_others_in_between() -> None:
    numbers = list(range(PIECE_ROWS * 7 + 1))
    with counted_turns(show) as turns:
        shown = await convert_in_pieces(show, numbers)
    assert shown == [str(number) for number in numbers]
    assert turns.calls["show"] == len(numbers)
    assert turns.most["show"] == PIECE_ROWS


async def test_a_short_list_is_one_piece() -> None:
    with counted_turns() as turns:
        assert [piece async for piece in in_pieces(range(3))] == [(0, 1, 2)]
    assert turns.count == 0
    assert [piece async for piece in in_pieces(())] == []


async def test_a_document_is_joined_from_its_parts() -> None:
    count = PIECE_ROWS * 3
    with counted_turns(show) as turns:
        document = await join_in_pieces(show(number).encode() for number in range(count))
    assert document == b"".join(b"%d" % number for number in range(count))
    assert turns.most["show"] == PIECE_ROWS
