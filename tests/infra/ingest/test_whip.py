"""The parts of WHIP without a network: offers, requests of ICE, and packets of Opus."""

import binascii
import hashlib
import hmac
import struct

import pytest

from veza.infra.ingest import opus_packets, stun, whip_sdp
from veza.infra.ingest.ogg_opus import OggOpus
from veza.infra.ingest.opus_packets import BadOpusPacket, GapFiller, PacketOrder, RtpPacket
from veza.infra.ingest.whip_sdp import AnswerFields, BadOffer, DtlsRole

FINGERPRINT = ":".join(["AB"] * 32)
OFFER = "\r\n".join(
    [
        *("v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0"),
        *("m=audio 9 UDP/TLS/RTP/SAVPF 111 63", "c=IN IP4 0.0.0.0", "a=ice-ufrag:abcd"),
        *(f"a=fingerprint:sha-256 {FINGERPRINT}", "a=setup:actpass", "a=mid:0", "a=sendonly"),
        *("a=rtcp-mux", "a=rtpmap:111 opus/48000/2", "a=rtpmap:63 red/48000/2", ""),
    ]
)
PEER = ("198.51.100.7", 5000)


def test_an_offer_of_a_browser_is_answered():
    offer = whip_sdp.read_offer(OFFER)
    assert (offer.mid, offer.payload_type, offer.fragment) == ("0", 111, "abcd")
    assert offer.fingerprints == (("sha-256", FINGERPRINT),)
    assert offer.role is DtlsRole.PASSIVE
    answer = AnswerFields(7, "frag", "pass", FINGERPRINT, ("192.0.2.7", "2001:db8::7"), 8189)
    lines = whip_sdp.write_answer(offer, answer).split("\r\n")
    assert [line for line in lines if line.startswith(("m=", "c=", "a=candidate", "a=setup"))] == [
        "m=audio 8189 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 192.0.2.7",
        "a=setup:passive",
        "a=candidate:1 1 udp 2130706430 192.0.2.7 8189 typ host",
        "a=candidate:2 1 udp 2130706429 2001:db8::7 8189 typ host",
    ]


@pytest.mark.parametrize(
    ("setup", "role"), [("active", DtlsRole.PASSIVE), ("passive", DtlsRole.ACTIVE)]
)
def test_the_other_role_of_dtls_is_taken(setup, role):
    assert whip_sdp.read_offer(OFFER.replace("actpass", setup)).role is role


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *[("v=0", "v=1"), ("m=audio", "m=video"), ("a=rtcp-mux", "a=x"), ("opus", "PCMU")],
        *[("sendonly", "recvonly"), ("sendonly", "inactive"), ("actpass", "holdconn")],
        *[("a=setup:actpass", "a=x"), ("sha-256", "md5"), (FINGERPRINT, "AB:CD")],
        *[("ice-ufrag:abcd", "ice-ufrag:a"), ("ice-ufrag:abcd", "ice-ufrag:ab cd")],
        *[("mid:0", "mid:a b"), ("mid:0", "mid:" + "x" * 99), ("111 63", "112 63")],
        *[("a=mid:0", "m=video 9 UDP/TLS/RTP/SAVPF 96"), ("a=mid:0", "a=x\r\n" * 600)],
        ("m=audio 9", "m=audio"),
    ],
)
def test_what_is_not_one_track_of_opus_is_refused(old, new):
    assert old in OFFER
    with pytest.raises(BadOffer):
        whip_sdp.read_offer(OFFER.replace(old, new))


def test_the_fragment_of_candidates_is_read():
    assert whip_sdp.read_fragment("a=ice-ufrag:abcd\r\na=candidate:x\r\n") == "abcd"
    for text in ("", "a=ice-ufrag:", "a=ice-ufrag:a b c d"):
        with pytest.raises(BadOffer):
            whip_sdp.read_fragment(text)


def bind(username: str, password: str, *, nominates: bool = False) -> bytes:
    """Return a request as browsers write it."""
    name = username.encode()
    body = struct.pack("!HH", 6, len(name)) + name + bytes(-len(name) % 4)
    body += struct.pack("!HH", 0x25, 0) if nominates else b""
    head = struct.pack("!HHI12s", 1, len(body) + 24, 0x2112A442, b"t" * 12)
    body += struct.pack("!HH", 8, 20)
    body += hmac.new(password.encode(), head + body[:-4], hashlib.sha1).digest()
    return head + body


def test_a_request_of_ice_is_answered_to_who_knows_the_password():
    asked = stun.read_request(bind("mine:theirs", "secret", nominates=True))
    assert (asked.username, asked.is_nominating) == ("mine:theirs", True)
    assert asked.is_signed_with("secret")
    assert not asked.is_signed_with("other")
    for address in (PEER, ("::ffff:198.51.100.7", 5000)):
        told = stun.answer(asked, address, "secret")
        kind, length = struct.unpack_from("!HH", told)
        assert (kind, length) == (0x0101, len(told) - 20)
        port, host = struct.unpack("!H4s", told[26:32])
        assert port ^ 0x2112 == PEER[1]
        assert bytes(a ^ b for a, b in zip(host, b"\x21\x12\xa4\x42", strict=True)) == bytes(
            [198, 51, 100, 7]
        )
        assert binascii.crc32(told[:-8]) ^ 0x5354554E == int.from_bytes(told[-4:])


def test_what_is_no_request_of_ice_is_dropped():
    good = bind("mine:theirs", "secret")
    bad = [
        b"",
        good[:19],
        good[:-1],
        good + b"x",
        b"\x01" + good[1:],
        good[:4] + bytes(4) + good[8:],
    ]
    for each in [*bad, good[:20] + b"\xff" * (len(good) - 20), bytes(1600)]:
        with pytest.raises(stun.BadStun):
            stun.read_request(each)


def rtp(sequence: int, payload: bytes = b"\xfc\x00", timestamp: int = 0) -> RtpPacket:
    return RtpPacket(111, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, payload)


def test_packets_are_put_in_order_and_late_ones_left_out():
    order = PacketOrder()
    given = [65534, 0, 65535, 2, 1, 65533, 3, 3]
    found = [packet.sequence for each in given for packet in order.add(rtp(each))]
    assert found == [65534, 65535, 0, 1, 2, 3]
    # One that is lost is waited for by ten, and then no more.
    late = [packet.sequence for each in range(5, 20) for packet in order.add(rtp(each))]
    assert late == list(range(5, 20))
    assert [packet.sequence for packet in order.add(rtp(30_000))] == [30_000]


def test_gaps_are_filled_by_no_more_silence_than_time_passed():
    gaps = GapFiller()
    assert gaps.count_missing(rtp(0, timestamp=2**32 - 960), 960) == 0
    assert gaps.count_missing(rtp(1, timestamp=960 * 3), 960) == 3
    # Behind what is expected: no gap.
    assert gaps.count_missing(rtp(2, timestamp=0), 960) == 0
    claimed = sum(gaps.count_missing(rtp(3, timestamp=960 * 10_000 * n), 960) for n in range(1, 9))
    assert claimed * 960 < 3 * opus_packets.RATE


def test_packets_are_read_with_what_stands_before_and_after_their_sound():
    head = struct.pack("!BBHII", 0x80, 111, 7, 960, 1)
    assert opus_packets.read_packet(head + b"ab").payload == b"ab"
    extended = bytes([0x90]) + head[1:] + struct.pack("!HH", 0xBEDE, 1) + b"xxxx"
    assert opus_packets.read_packet(extended + b"ab").payload == b"ab"
    padded = bytes([0xA0]) + head[1:] + b"ab\x00\x02"
    assert opus_packets.read_packet(padded).payload == b"ab"
    for bad in (b"", head, bytes(20), extended, bytes([0xA0]) + head[1:] + b"\xff"):
        with pytest.raises(BadOpusPacket):
            opus_packets.read_packet(bad)


@pytest.mark.parametrize(
    ("payload", "samples"), [(b"\xfc", 960), (b"\xfd", 1920), (b"\xe0", 120), (b"\x0b\x02", 1920)]
)
def test_the_length_of_opus_is_read(payload, samples):
    assert opus_packets.count_samples(payload) == samples


@pytest.mark.parametrize("payload", [b"", b"\xff", b"\xff\x00", b"\xff\x3f"])
def test_opus_without_length_is_dropped(payload):
    with pytest.raises(BadOpusPacket):
        opus_packets.count_samples(payload)


def test_pages_of_ogg_have_their_checksum():
    ogg = OggOpus()
    begin, page = ogg.begin(), ogg.write(b"x" * 600, 960)
    assert begin.count(b"OggS") == 2
    assert page[26:30] == bytes([3, 255, 255, 90])
    assert struct.unpack_from("<q", page, 6) == (960,)
    assert page[22:26] != bytes(4)
