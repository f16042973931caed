"""Offers of WHIP and the answers to them: one track of Opus, by BUNDLE and rtcp-mux (RFC 9725)."""

import re
from collections.abc import Sequence
from enum import StrEnum
from ipaddress import ip_address

from msgspec import Struct

MAX_OFFER_BYTES = 32 * 1024
_MAX_LINES = 500
_MAX_FINGERPRINTS = 8
_TOKEN = re.compile(r"[A-Za-z0-9_.~-]{1,32}")
# The characters and lengths of RFC 8839, 5.4.
_FRAGMENT = re.compile(r"[A-Za-z0-9+/]{4,256}")
_OPUS = re.compile(r"(\d{1,3}) opus/48000/2", re.IGNORECASE)
_FINGERPRINT = re.compile(
    r"(sha-(?:256|384|512)) ([0-9A-F]{2}(?::[0-9A-F]{2}){31,63})", re.IGNORECASE
)
_PROTOCOLS = frozenset({"UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP"})
_SENDING = frozenset({"sendonly", "sendrecv"})
_DIRECTIONS = _SENDING | {"recvonly", "inactive"}
# Music: both channels, and errors repaired by the next packet.
_OPUS_PARAMETERS = "minptime=10;useinbandfec=1;stereo=1;maxaveragebitrate=160000"
_PRIORITY = 2130706431


class BadOffer(Exception):
    """An offer is malformed, or is not one track of Opus."""


class DtlsRole(StrEnum):
    """The role of this end: it waits for the handshake, or begins it."""

    PASSIVE = "passive"
    ACTIVE = "active"


class Offer(Struct, frozen=True):
    """The fields of an offer that the answer and the session need."""

    mid: str | None
    payload_type: int
    fragment: str
    # By the name of the hash, in lower case: hexadecimal digits in upper case, with colons.
    fingerprints: tuple[tuple[str, str], ...]
    role: DtlsRole


class AnswerFields(Struct, frozen=True):
    """The fields of this end."""

    number: int
    fragment: str
    password: str
    fingerprint: str
    addresses: Sequence[str]
    port: int


class _Lines(Struct, frozen=True):
    """The attributes of an offer, of the session first and then of its track."""

    media: str
    attributes: tuple[str, ...]

    def list(self, name: str) -> Sequence[str]:
        """Return the values of an attribute."""
        start = f"{name}:"
        return [line[len(start) :] for line in self.attributes if line.startswith(start)]

    def find(self, name: str) -> str | None:
        """Return the last value of an attribute, which is that of the track where both have one."""
        found = self.list(name)
        return found[-1].strip() if found else None


def read_offer(text: str) -> Offer:
    """Return what an offer says. Raises BadOffer."""
    lines = _read_lines(text)
    words = lines.media.split()
    if len(words) < 4 or words[0] != "audio" or words[2] not in _PROTOCOLS:
        raise BadOffer("Offer one track of sound, and nothing else.")
    directions = [line for line in lines.attributes if line in _DIRECTIONS]
    if "rtcp-mux" not in lines.attributes or not _SENDING.issuperset(directions[-1:]):
        raise BadOffer("Offer a track that is sent, with rtcp-mux.")
    opus = [found[1] for each in lines.list("rtpmap") if (found := _OPUS.fullmatch(each.strip()))]
    offered = [each for each in opus if each in words[3:] and int(each) < 128]
    if not offered:
        raise BadOffer("Offer Opus.")
    return Offer(
        mid=_read_mid(lines),
        payload_type=int(offered[0]),
        fragment=_read_fragment(lines),
        fingerprints=_read_fingerprints(lines),
        role=_choose_role(lines.find("setup")),
    )


def write_answer(offer: Offer, answer: AnswerFields) -> str:
    """Return the answer to an offer: this end receives, at each of its addresses."""
    number = offer.payload_type
    mid = offer.mid
    lines = [
        *("v=0", f"o=- {answer.number} 1 IN IP4 127.0.0.1", "s=-", "t=0 0"),
        *([] if mid is None else [f"a=group:BUNDLE {mid}"]),
        "a=ice-lite",
        f"m=audio {answer.port} UDP/TLS/RTP/SAVPF {number}",
        f"c=IN {_address_line(answer.addresses[0])}",
        *([] if mid is None else [f"a=mid:{mid}"]),
        *("a=recvonly", "a=rtcp-mux", "a=rtcp-mux-only"),
        *(f"a=ice-ufrag:{answer.fragment}", f"a=ice-pwd:{answer.password}"),
        *(f"a=fingerprint:sha-256 {answer.fingerprint}", f"a=setup:{offer.role}"),
        *(f"a=rtpmap:{number} opus/48000/2", f"a=fmtp:{number} {_OPUS_PARAMETERS}"),
        *(
            f"a=candidate:{place} 1 udp {_PRIORITY - place} {address} {answer.port} typ host"
            for place, address in enumerate(answer.addresses, 1)
        ),
        "a=end-of-candidates",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def read_fragment(text: str) -> str:
    """Return the fragment of the sender in a body of trickle ICE (RFC 8840). Raises BadOffer."""
    lines = [line.strip() for line in text.splitlines()[:_MAX_LINES]]
    found = [line.removeprefix("a=ice-ufrag:") for line in lines if line.startswith("a=ice-ufrag:")]
    if not found or not _FRAGMENT.fullmatch(found[0]):
        raise BadOffer("Name the fragment (`a=ice-ufrag`) of this session.")
    return found[0]


def _read_lines(text: str) -> _Lines:
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if lines[0] != "v=0" or len(lines) > _MAX_LINES:
        raise BadOffer("This is no session description.")
    media = [line[2:] for line in lines if line.startswith("m=")]
    if len(media) != 1:
        raise BadOffer("Offer one track of sound, and nothing else.")
    return _Lines(media[0], tuple(line[2:].strip() for line in lines if line.startswith("a=")))


def _read_mid(lines: _Lines) -> str | None:
    mid = lines.find("mid")
    if mid is not None and not _TOKEN.fullmatch(mid):
        raise BadOffer("The name of the track (`a=mid`) is malformed.")
    return mid


def _read_fragment(lines: _Lines) -> str:
    fragment = lines.find("ice-ufrag") or ""
    if not _FRAGMENT.fullmatch(fragment):
        raise BadOffer("Offer ICE (`a=ice-ufrag`).")
    return fragment


def _read_fingerprints(lines: _Lines) -> tuple[tuple[str, str], ...]:
    found = [_FINGERPRINT.fullmatch(each.strip()) for each in lines.list("fingerprint")]
    read = [(each[1].lower(), each[2].upper()) for each in found if each is not None]
    if not 0 < len(read) <= _MAX_FINGERPRINTS:
        raise BadOffer("Name the fingerprint of your certificate, by SHA-256.")
    return tuple(read)


def _choose_role(setup: str | None) -> DtlsRole:
    if setup == "passive":
        return DtlsRole.ACTIVE
    if setup in {"active", "actpass"}:
        return DtlsRole.PASSIVE
    raise BadOffer("Say who begins the handshake (`a=setup`).")


def _address_line(address: str) -> str:
    return f"IP{ip_address(address).version} {address}"
