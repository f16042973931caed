"""AMF, chunks and FLV: what is written is read, and nothing that strangers send does harm."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given, strategies

from veza.infra.rtmp import amf, chunks
from veza.infra.rtmp.chunks import BadRtmp, ChunkReader, RtmpMessage, write_message
from veza.infra.rtmp.flv import BadFlv, FlvReader


def stream_of(content: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(content)
    reader.feed_eof()
    return reader


async def read_all(content: bytes) -> None:
    reader = ChunkReader(stream_of(content))
    while True:
        await reader.read()


def test_values_are_read_as_they_were_written():
    values: list[amf.AmfValue] = [
        *("connect", 1.0, None, True, {"app": "live", "nested": {"a": [1.0, False, "x"]}}),
    ]
    assert amf.read_values(amf.write_values(*values)) == values
    assert amf.read_values(b"\x08\0\0\0\1\0\1a\5\0\0\x09") == [{"a": None}]
    assert amf.read_values(b"\x0b" + bytes(10) + b"\x0c\0\0\0\2ab") == [0.0, "ab"]


@pytest.mark.parametrize(
    "content",
    [
        b"\x02\xff\xffa",
        b"\x03" * 50,
        b"\x03\0\1a" * 50,
        b"\x0a\xff\xff\xff\xff",
        b"\x0a\xff\xff\xff\xff" + b"\5" * 5000,
        b"\x11",
        b"\0\0",
    ],
)
def test_what_is_no_value_is_refused(content: bytes):
    with pytest.raises(amf.BadAmf):
        amf.read_values(content)


@given(strategies.binary(max_size=300))
async def test_any_bytes_are_values_or_refused(content: bytes):
    with suppress(amf.BadAmf):
        amf.read_values(content)
    with pytest.raises((BadRtmp, asyncio.IncompleteReadError)):
        await read_all(content)
    tags = FlvReader(stream_of(b"FLV\x01" + bytes(9) + b"\x07" + content.ljust(20)))
    with pytest.raises(BadFlv):
        await tags.read()


@pytest.mark.parametrize("time_ms", [0, 0xFFFFFE, 0xFFFFFF, 0x01000000, 0xFFFFFFFF])
@pytest.mark.parametrize("size", [0, 1, 128, 129, 4096, 50_000])
async def test_messages_are_read_as_they_were_written(time_ms: int, size: int):
    message = RtmpMessage(chunks.VIDEO, 1, time_ms, bytes(size))
    other = RtmpMessage(chunks.COMMAND, 0, 0, b"abc")
    content = write_message(message, 4, 128) + write_message(other, 3, 128)
    reader = ChunkReader(stream_of(content))
    assert [await reader.read(), await reader.read()] == [message, other]
    assert reader.received == len(content)


async def test_chunks_of_several_channels_may_alternate():
    one = write_message(RtmpMessage(chunks.AUDIO, 1, 5, b"a" * 200), 4, 128)
    two = write_message(RtmpMessage(chunks.COMMAND, 0, 0, b"b" * 200), 3, 128)
    reader = ChunkReader(stream_of(one[:140] + two[:140] + one[140:] + two[140:]))
    found = [await reader.read(), await reader.read()]
    assert [each.content for each in found] == [b"a" * 200, b"b" * 200]


@pytest.mark.parametrize(
    "content",
    [
        # Too large a message, a chunk of no bytes, and too many channels.
        b"\x03\0\0\0\xff\xff\xff\x14" + bytes(100),
        b"\x02\0\0\0\0\0\4\1\0\0\0\0\0\0\0\0",
        b"".join(bytes((0, n)) + b"\0\0\0\0\0\5\x14\0\0\0\0a" for n in range(60)),
    ],
)
async def test_what_is_too_much_is_refused(content: bytes):
    with pytest.raises((BadRtmp, asyncio.IncompleteReadError)):
        await read_all(content)


async def test_tags_of_flv_are_messages():
    head = b"FLV\x01\x05\0\0\0\x09" + bytes(4)
    tag = b"\x08\0\0\3\0\0\x10\x01\0\0\0abc" + bytes(4)
    reader = FlvReader(stream_of(head + tag))
    assert await reader.read() == RtmpMessage(chunks.AUDIO, 0, 0x01000010, b"abc")
    assert await reader.read() is None
    assert await FlvReader(stream_of(b"")).read() is None


@pytest.mark.parametrize("content", [b"RIFF" + bytes(20), b"FLV\x01" + bytes(9) + b"\x08\xff" * 20])
async def test_what_is_no_flv_is_refused(content: bytes):
    with pytest.raises(BadFlv):
        await FlvReader(stream_of(content)).read()
