"""Binding requests of STUN (RFC 8489) and answers to them, as ICE lite needs them (RFC 8445)."""

import binascii
import hashlib
import hmac
import struct
from ipaddress import ip_address

from msgspec import Struct

_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_COOKIE = 0x2112A442
_REQUEST = 0x0001
_SUCCESS = 0x0101
_USERNAME = 0x0006
_MESSAGE_INTEGRITY = 0x0008
_XOR_MAPPED_ADDRESS = 0x0020
_USE_CANDIDATE = 0x0025
_FINGERPRINT = 0x8028
_FINGERPRINT_MASK = 0x5354554E
_HEADER_BYTES = 20
_INTEGRITY_BYTES = 20
_MAX_ATTRIBUTES = 20
MAX_BYTES = 1500


class BadStun(Exception):
    """A packet is no binding request that is signed."""


class BindingRequest(Struct, frozen=True):
    """A request of the peer, before its signature was compared."""

    transaction: bytes
    # The fragments of both ends: of the receiver, and of the sender.
    username: str
    is_nominating: bool
    signed: bytes
    signature: bytes

    def is_signed_with(self, password: str) -> bool:
        """Return whether the sender knows the password of the receiver."""
        return hmac.compare_digest(_sign(self.signed, password), self.signature)


def read_request(data: bytes) -> BindingRequest:
    """Return the request in a packet. Raises BadStun."""
    if not _HEADER_BYTES <= len(data) <= MAX_BYTES:
        raise BadStun
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if kind != _REQUEST or cookie != _COOKIE or length != len(data) - _HEADER_BYTES:
        raise BadStun
    username, is_nominating, place = "", False, _HEADER_BYTES
    for _ in range(_MAX_ATTRIBUTES):
        name, value = _read_attribute(data, place)
        if name == _MESSAGE_INTEGRITY:
            if len(value) != _INTEGRITY_BYTES:
                raise BadStun
            signed = _header_of(_REQUEST, place + 24, transaction) + data[_HEADER_BYTES:place]
            return BindingRequest(transaction, username, is_nominating, signed, value)
        if name == _USERNAME:
            username = value.decode("latin-1")
        is_nominating = is_nominating or name == _USE_CANDIDATE
        place += _ATTRIBUTE.size + _padded(len(value))
    raise BadStun


def answer(request: BindingRequest, address: tuple[str, int], password: str) -> bytes:
    """Return the answer that tells a peer its address, signed with the password of the receiver."""
    body = _write_attribute(_XOR_MAPPED_ADDRESS, _xor(address, request.transaction))
    length = _HEADER_BYTES + len(body) + _ATTRIBUTE.size + _INTEGRITY_BYTES
    signature = _sign(_header_of(_SUCCESS, length, request.transaction) + body, password)
    body += _write_attribute(_MESSAGE_INTEGRITY, signature)
    length = _HEADER_BYTES + len(body) + _ATTRIBUTE.size + 4
    message = _header_of(_SUCCESS, length, request.transaction) + body
    checksum = binascii.crc32(message) ^ _FINGERPRINT_MASK
    return message + _write_attribute(_FINGERPRINT, checksum.to_bytes(4))


def is_stun(data: bytes) -> bool:
    """Return whether a packet is of STUN, by its first byte (RFC 7983)."""
    return bool(data) and data[0] < 4


def _read_attribute(data: bytes, place: int) -> tuple[int, bytes]:
    if place + _ATTRIBUTE.size > len(data):
        raise BadStun
    name, length = _ATTRIBUTE.unpack_from(data, place)
    begin = place + _ATTRIBUTE.size
    if begin + length > len(data):
        raise BadStun
    return name, data[begin : begin + length]


def _write_attribute(name: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(name, len(value)) + value + bytes(_padded(len(value)) - len(value))


def _header_of(kind: int, length: int, transaction: bytes) -> bytes:
    """Return the header of a message of so many bytes, of which some may follow later."""
    return _HEADER.pack(kind, length - _HEADER_BYTES, _COOKIE, transaction)


def _sign(message: bytes, password: str) -> bytes:
    # STUN names this hash; the message is authenticated by a key that nobody else has.
    return hmac.new(password.encode(), message, hashlib.sha1).digest()


def _xor(address: tuple[str, int], transaction: bytes) -> bytes:
    host = ip_address(address[0].partition("%")[0])
    mapped = getattr(host, "ipv4_mapped", None) or host
    raw = mapped.packed
    mask = (_COOKIE.to_bytes(4) + transaction)[: len(raw)]
    masked = bytes(one ^ other for one, other in zip(raw, mask, strict=True))
    family = 1 if len(raw) == 4 else 2
    return struct.pack("!BBH", 0, family, address[1] ^ (_COOKIE >> 16)) + masked


def _padded(length: int) -> int:
    return (length + 3) & ~3
