"""Packets of SRT that start a connection, as libsrt sends them, and broken ones."""

import os
import random

import pytest
from msgspec import structs

from veza.infra.ingest import srt_packets as packets

STREAM_ID = "01a23584-7205-7ce0-8636-8b9f495e5492"


def conclusion(*blocks: tuple[int, bytes]) -> packets.Handshake:
    induction = packets.read_handshake(packets.make_induction(7))
    return structs.replace(
        induction, version=5, extension=5, kind=-1, cookie=99, blocks=list(blocks)
    )


def sent(stream_id: str) -> bytes:
    """Return a name as libsrt sends it: words of four characters, backwards."""
    padded = stream_id.encode().ljust(-(-len(stream_id) // 4) * 4, b"\0")
    return b"".join(padded[at : at + 4][::-1] for at in range(0, len(padded), 4))


def test_a_handshake_is_read_as_it_was_written():
    asked = conclusion((1, b"\x00\x01\x05\x04" * 3), (3, b"m" * 48), (5, sent(STREAM_ID)))
    read = packets.read_handshake(packets.write_handshake(asked))
    assert read == asked
    assert (read.stream_id, read.key_material) == (STREAM_ID, b"m" * 48)
    assert (read.is_conclusion, read.is_induction) == (True, False)
    assert packets.key_material_of(packets.write_handshake(asked)) == b"m" * 48
    odd = packets.read_handshake(packets.write_handshake(conclusion((5, sent("odd")))))
    assert (odd.stream_id, odd.key_material) == ("odd", b"")


def test_answers_are_for_the_socket_that_asked():
    induction = packets.read_handshake(packets.make_induction(1234))
    assert induction.is_induction
    answer = packets.read_handshake(packets.answer_induction(induction, 77))
    assert (answer.destination, answer.cookie, answer.version) == (1234, 77, 5)
    assert answer.extension == 0x4A17
    refused = packets.read_handshake(
        packets.refuse(structs.replace(conclusion((5, b"abcd")), socket_id=8), packets.BAD_SECRET)
    )
    assert (refused.destination, refused.kind, refused.blocks) == (8, 1010, [])
    assert not refused.is_conclusion
    # No answer is longer than what it answers, so none can be turned against others.
    assert len(packets.answer_induction(induction, 1)) == len(packets.make_induction(1))


def test_a_cookie_belongs_to_an_address_and_a_time():
    secret = os.urandom(32)
    made = {
        packets.make_cookie(each, address, minute)
        for each in (secret, os.urandom(32))
        for address in ("192.0.2.1 9000", "192.0.2.1 9001", "192.0.2.2 9000")
        for minute in (5, 6)
    }
    assert len(made) == 12
    again = packets.make_cookie(secret, "192.0.2.1 9000", 5)
    assert again == packets.make_cookie(secret, "192.0.2.1 9000", 5)


def test_any_bytes_are_read_or_refused():
    drawn = random.Random(5)
    whole = packets.write_handshake(conclusion((3, b"m" * 48), (5, b"abcd")))
    for _ in range(3000):
        packet = bytearray(whole[: drawn.randrange(len(whole) + 1)])
        for _ in range(drawn.randrange(4)):
            if packet:
                packet[drawn.randrange(len(packet))] = drawn.randrange(256)
        data = bytes(packet)
        packets.is_control(data)
        if packets.has_key_message(data):
            packets.key_material_of(data)
        try:
            assert len(packets.read_handshake(data).stream_id) < 1500
        except packets.BadPacket:
            continue


def test_blocks_that_end_too_early_are_refused():
    packet = packets.write_handshake(conclusion((3, b"m" * 48)))
    with pytest.raises(packets.BadPacket):
        packets.read_handshake(packet[:-4])


def test_data_is_no_control_and_keys_are_in_two_kinds_of_packets():
    assert not packets.is_control(b"\x00" * 20)
    assert not packets.is_control(b"")
    assert not packets.has_key_message(b"\x00" * 20)
    request, other = b"\xff\xff\x00\x03" + bytes(12), b"\xff\xff\x00\x05" + bytes(12)
    assert packets.has_key_message(request + b"material")
    assert packets.key_material_of(request + b"material") == b"material"
    assert not packets.has_key_message(other)
    assert packets.has_key_message(packets.make_induction(1))
    assert packets.key_material_of(b"\x80\x00" + bytes(20)) == b""
    assert packets.shut_down(9)[:2] == b"\x80\x05"
