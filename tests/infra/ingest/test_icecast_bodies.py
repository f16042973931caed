"""Bodies of encoders: chunks as HTTP writes them, and nothing that only Python takes for a size."""

import asyncio

import pytest

from tests.infra.waiting import PATIENCE_S
from veza.infra.ingest.icecast_bodies import PIECE_BYTES, BadChunk, SourceBody
from veza.infra.ingest.icecast_requests import MAX_HEAD_BYTES


def body_of(sent: bytes, *, is_chunked: bool = True, ends: bool = True) -> SourceBody:
    reader = asyncio.StreamReader(limit=MAX_HEAD_BYTES)
    reader.feed_data(sent)
    if ends:
        reader.feed_eof()
    return SourceBody(reader, is_chunked=is_chunked)


async def read_all(body: SourceBody) -> list[bytes]:
    pieces = []
    while piece := await body.read():
        pieces.append(piece)
    return pieces


async def test_chunks_are_joined_to_their_end():
    sent = b"3\r\nabc\r\n0A;name=value\r\n0123456789\r\n1 \nx\n0\r\n\r\nnot read"
    assert await read_all(body_of(sent)) == [b"abc", b"0123456789", b"x"]
    # Whoever leaves in the middle has ended.
    for cut in (b"", b"5", b"5\r\n"):
        assert await read_all(body_of(cut)) == []
    assert await read_all(body_of(b"5\r\nab")) == [b"ab"]


async def test_a_large_chunk_comes_in_pieces():
    sound = bytes(3 * PIECE_BYTES)
    pieces = await read_all(body_of(b"FFFFFFFF\r\n" + sound))
    assert b"".join(pieces) == sound
    assert max(map(len, pieces)) <= PIECE_BYTES


@pytest.mark.parametrize(
    "size",
    [b"-5", b"+5", b"0x10", b"1_0", b" 5", b"", b"g", b"100000000", b"\xd9\xa5", b"5 5"],
)
async def test_a_size_is_hexadecimal_digits_alone(size):
    # More is sent, and the connection stays: reading on would not end.
    body = body_of(size + b"\r\nabcdefghijklmnopqrstuvwxyz\r\n", ends=False)
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(BadChunk):
            await body.read()


@pytest.mark.parametrize("sent", [b"1" * 20_000, b"1;" + b"x" * 20_000, b"3\r\n" + b"abcd" * 5000])
async def test_a_line_that_never_ends_is_no_chunk(sent):
    with pytest.raises(BadChunk):
        await read_all(body_of(sent, ends=False))


async def test_a_body_that_is_not_chunked_is_taken_as_it_is():
    assert await read_all(body_of(b"-5\r\nabc", is_chunked=False)) == [b"-5\r\nabc"]
