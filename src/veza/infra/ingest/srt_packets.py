"""The packets of SRT that start a connection: read, answered and changed, without I/O.

A listener of ffmpeg takes one encoder, and its port says which. One port for all encoders is
possible because the first packets of a connection name the stream: see `srt_front`.
"""

import hashlib
import hmac
import struct

from msgspec import Struct, structs

_HEADER = struct.Struct(">HHIII")
_BODY = struct.Struct(">IHHIIIiII16s")
_BODY_FIELDS = (
    *("version", "encryption", "extension", "sequence", "mtu", "window", "kind"),
    *("socket_id", "cookie", "peer"),
)
_BLOCK = struct.Struct(">HH")
_HANDSHAKE = 0x8000
_SHUTDOWN = 0x8005
_USER = 0xFFFF
_KEY_MESSAGES = frozenset({3, 4})

_INDUCTION = 1
_CONCLUSION = -1
_VERSION_4 = 4
_VERSION_5 = 5
_MAGIC = 0x4A17
_DATAGRAM_SOCKET = 2
_KEY_REQUEST = 3
_STREAM_ID = 5
_MTU = 1500
_WINDOW = 8192
_MAX_BLOCKS = 8

# Reasons of a refusal, as libsrt names them to the encoder.
BAD_SECRET = 1010
UNENCRYPTED = 1011
OVERLOADED = 2402
FORBIDDEN = 2403
IN_USE = 2409
UNAVAILABLE = 2503


class BadPacket(Exception):
    """A packet is no handshake, or a malformed one."""


class Handshake(Struct, frozen=True):
    """A handshake packet: its fields, and the blocks that follow them."""

    destination: int
    timestamp: int
    version: int
    encryption: int
    extension: int
    sequence: int
    mtu: int
    window: int
    kind: int
    socket_id: int
    cookie: int
    peer: bytes
    blocks: list[tuple[int, bytes]]

    @property
    def is_induction(self) -> bool:
        """True if it asks for a cookie: the first packet of a connection."""
        return self.kind == _INDUCTION

    @property
    def is_conclusion(self) -> bool:
        """True if it asks for a connection, or answers such a request."""
        return self.kind == _CONCLUSION and self.version == _VERSION_5

    @property
    def stream_id(self) -> str:
        """The name of the stream; its characters are sent four at a time, backwards."""
        sent = self._find(_STREAM_ID)
        words = (sent[at : at + 4][::-1] for at in range(0, len(sent), 4))
        return b"".join(words).rstrip(b"\0").decode(errors="replace")

    @property
    def key_material(self) -> bytes:
        """The wrapped key of the connection, empty if it is to be unencrypted."""
        return self._find(_KEY_REQUEST)

    def _find(self, kind: int) -> bytes:
        return next((content for each, content in self.blocks if each == kind), b"")


def is_control(packet: bytes) -> bool:
    """Return whether a packet is no data."""
    return len(packet) > 0 and packet[0] & 0x80 != 0


def is_handshake(packet: bytes) -> bool:
    """Return whether a packet says that it is a handshake."""
    return packet[:2] == b"\x80\x00"


def has_key_message(packet: bytes) -> bool:
    """Return whether a packet may have key material: a handshake, or a later exchange of keys."""
    if len(packet) < _HEADER.size or not is_control(packet):
        return False
    kind, subtype, *_ = _HEADER.unpack_from(packet)
    return kind == _HANDSHAKE or (kind == _USER and subtype in _KEY_MESSAGES)


def key_material_of(packet: bytes) -> bytes:
    """Return the key material of a packet that has a key message."""
    if not is_handshake(packet):
        return packet[_HEADER.size :]
    try:
        return read_handshake(packet).key_material
    except BadPacket:
        return b""


def read_handshake(packet: bytes) -> Handshake:
    """Return the fields of a handshake. Raises BadPacket."""
    if len(packet) < _HEADER.size + _BODY.size or not is_handshake(packet):
        raise BadPacket
    _, _, _, timestamp, destination = _HEADER.unpack_from(packet)
    values = _BODY.unpack_from(packet, _HEADER.size)
    blocks = _read_blocks(packet[_HEADER.size + _BODY.size :])
    fields = dict(zip(_BODY_FIELDS, values, strict=True))
    return Handshake(destination=destination, timestamp=timestamp, blocks=blocks, **fields)


def write_handshake(handshake: Handshake) -> bytes:
    """Return the packet of a handshake."""
    fields = [getattr(handshake, name) for name in _BODY_FIELDS]
    packet = _HEADER.pack(_HANDSHAKE, 0, 0, handshake.timestamp, handshake.destination)
    packet += _BODY.pack(*fields)
    for kind, content in handshake.blocks:
        packet += _BLOCK.pack(kind, len(content) // 4) + content
    return packet


def make_induction(socket_id: int) -> bytes:
    """Return the first packet of a connection, as an encoder sends it."""
    induction = Handshake(
        destination=0,
        timestamp=0,
        version=_VERSION_4,
        encryption=0,
        extension=_DATAGRAM_SOCKET,
        sequence=1,
        mtu=_MTU,
        window=_WINDOW,
        kind=_INDUCTION,
        socket_id=socket_id,
        cookie=0,
        peer=b"\x01\x00\x00\x7f".ljust(16, b"\0"),
        blocks=[],
    )
    return write_handshake(induction)


def answer_induction(asked: Handshake, cookie: int) -> bytes:
    """Return the answer to the first packet: a cookie that the second one has to repeat."""
    answer = structs.replace(
        asked,
        destination=asked.socket_id,
        version=_VERSION_5,
        encryption=0,
        extension=_MAGIC,
        cookie=cookie,
        blocks=[],
    )
    return write_handshake(answer)


def refuse(asked: Handshake, reason: int) -> bytes:
    """Return the answer that refuses a connection."""
    answer = structs.replace(
        asked, destination=asked.socket_id, kind=reason, encryption=0, extension=0, blocks=[]
    )
    return write_handshake(answer)


def shut_down(destination: int) -> bytes:
    """Return the packet that ends a connection."""
    return _HEADER.pack(_SHUTDOWN, 0, 0, 0, destination) + bytes(4)


def make_cookie(secret: bytes, address: str, minute: int) -> int:
    """Return the cookie of an address, which proves that it receives what is sent to it."""
    digest = hmac.digest(secret, f"{address} {minute}".encode(), hashlib.sha256)
    return int.from_bytes(digest[:4], "big")


def _read_blocks(content: bytes) -> list[tuple[int, bytes]]:
    blocks: list[tuple[int, bytes]] = []
    at = 0
    while at + _BLOCK.size <= len(content) and len(blocks) < _MAX_BLOCKS:
        kind, words = _BLOCK.unpack_from(content, at)
        at += _BLOCK.size
        if at + 4 * words > len(content):
            raise BadPacket
        blocks.append((kind, content[at : at + 4 * words]))
        at += 4 * words
    return blocks
