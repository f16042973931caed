"""The encryption of WebRTC: a handshake of DTLS, whose keys decrypt SRTP (RFC 5764).

Only what ICE has admitted arrives here. OpenSSL reads and writes in memory; each datagram that it
has to send is returned.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pylibsrtp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct
from OpenSSL import SSL

# Of OpenSSL, which pyOpenSSL does not name.
_DTLS_1_2 = 0xFEFD
_LIVES = timedelta(days=3650)
_HASHES = {"sha-256": hashes.SHA256(), "sha-384": hashes.SHA384(), "sha-512": hashes.SHA512()}
_CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    b"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305"
)
_LABEL = b"EXTRACTOR-dtls_srtp"
_MTU = 1200
_READ_BYTES = 16 * 1024
_RECORD_HEADER_BYTES = 13
MAX_PACKET_BYTES = 1500
# Datagrams of a handshake: it needs less than ten.
_MAX_HANDSHAKE = 100
# A sender may begin anew with another number; libsrtp keeps a state for each.
_MAX_SENDERS = 8


class DtlsEnded(Exception):
    """The handshake failed, or the peer has closed the connection."""


class _Profile(Struct, frozen=True):
    """A way of encrypting SRTP: its name in OpenSSL, its number in libsrtp, and its lengths."""

    name: bytes
    number: int
    key_bytes: int
    salt_bytes: int


# The constants of pylibsrtp have no types.
_Constants: Any = pylibsrtp.Policy
_PROFILES = (
    _Profile(b"SRTP_AEAD_AES_128_GCM", _Constants.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    _Profile(b"SRTP_AEAD_AES_256_GCM", _Constants.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12),
    _Profile(b"SRTP_AES128_CM_SHA1_80", _Constants.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
)


class DtlsIdentity:
    """A key and a certificate of this process, which answers name by their fingerprint."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certify(key)
        self.fingerprint = _digest(certificate, "sha-256")
        self.context = SSL.Context(SSL.DTLS_METHOD)
        self.context.set_min_proto_version(_DTLS_1_2)
        self.context.set_max_proto_version(_DTLS_1_2)
        self.context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_QUERY_MTU)
        # Certificates of peers are their own; the fingerprint in the offer says which.
        demands = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
        self.context.set_verify(demands, _accept)
        self.context.use_certificate(certificate)
        self.context.use_privatekey(key)
        self.context.set_cipher_list(_CIPHERS)
        self.context.set_tlsext_use_srtp(b":".join(each.name for each in _PROFILES))


class DtlsConnection:
    """The connection with one peer, whose certificate has one of the fingerprints."""

    def __init__(
        self,
        identity: DtlsIdentity,
        fingerprints: Sequence[tuple[str, str]],
        *,
        begins: bool,
    ) -> None:
        self._fingerprints = fingerprints
        self._begins = begins
        self._connection = SSL.Connection(identity.context)
        self._connection.set_ciphertext_mtu(_MTU)
        if begins:
            self._connection.set_connect_state()
        else:
            self._connection.set_accept_state()
        self._datagrams = 0
        self._srtp: pylibsrtp.Session | None = None
        self._senders: set[bytes] = set()

    @property
    def is_established(self) -> bool:
        """True once packets can be decrypted."""
        return self._srtp is not None

    def proceed(self) -> list[bytes]:
        """Begin the handshake if that is the turn of this end, or repeat what may be lost."""
        if self._srtp is not None:
            return []
        if self._datagrams or self._begins:
            self._connection.DTLSv1_handle_timeout()
            self._shake_hands()
        return self._flush()

    def receive(self, datagram: bytes) -> list[bytes]:
        """Read a datagram; return those that answer it. Raises DtlsEnded."""
        self._datagrams += 1
        self._connection.bio_write(datagram)
        if self._srtp is None:
            if self._datagrams > _MAX_HANDSHAKE:
                raise DtlsEnded("The handshake has no end.")
            self._shake_hands()
        else:
            self._drain()
        return self._flush()

    def decrypt(self, packet: bytes) -> bytes | None:
        """Return a packet of RTP; None if it isn't of this peer, or was sent before."""
        sender = packet[8:12]
        is_known = sender in self._senders
        if self._srtp is None or len(packet) > MAX_PACKET_BYTES:
            return None
        if not is_known and len(self._senders) >= _MAX_SENDERS:
            return None
        try:
            decrypted = self._srtp.unprotect(packet)
        except pylibsrtp.Error:
            return None
        self._senders.add(sender)
        return decrypted

    def close(self) -> list[bytes]:
        """Return the datagrams that tell the peer the end."""
        if self._srtp is None:
            return []
        try:
            self._connection.shutdown()
        except SSL.Error:
            return []
        return self._flush()

    def _shake_hands(self) -> None:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error as error:
            raise DtlsEnded("The handshake failed.") from error
        self._ensure_peer()
        self._srtp = self._receive_with_keys()

    def _drain(self) -> None:
        """Read what is in DTLS itself: nothing that is used, or the end."""
        try:
            self._connection.recv(_READ_BYTES)
        except SSL.WantReadError:
            return
        except SSL.Error as error:
            raise DtlsEnded("The peer closed the connection.") from error

    def _ensure_peer(self) -> None:
        """Raise DtlsEnded unless the certificate has all fingerprints of the offer."""
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        if certificate is None or any(
            _digest(certificate, name) != value for name, value in self._fingerprints
        ):
            raise DtlsEnded("The certificate is another than in the offer.")

    def _receive_with_keys(self) -> pylibsrtp.Session:
        name = self._connection.get_selected_srtp_profile()
        profile = next((each for each in _PROFILES if each.name == name), None)
        if profile is None:
            raise DtlsEnded("No encryption of sound was agreed.")
        key_bytes, salt_bytes = profile.key_bytes, profile.salt_bytes
        material = self._connection.export_keying_material(_LABEL, 2 * (key_bytes + salt_bytes))
        # First the keys of both ends, then their salts; the one that began the handshake is first.
        peer = 1 if self._begins else 0
        salts = 2 * key_bytes
        key = material[peer * key_bytes :][:key_bytes]
        salt = material[salts + peer * salt_bytes :][:salt_bytes]
        policy = pylibsrtp.Policy(
            key=key + salt,
            ssrc_type=_Constants.SSRC_ANY_INBOUND,
            srtp_profile=profile.number,
        )
        return pylibsrtp.Session(policy)

    def _flush(self) -> list[bytes]:
        written = b""
        try:
            while piece := self._connection.bio_read(_READ_BYTES):
                written += piece
        except SSL.WantReadError:
            pass
        return _split(written)


def _accept(*_: object) -> bool:
    """Accept any certificate: its fingerprint is compared after the handshake."""
    return True


def is_dtls(data: bytes) -> bool:
    """Return whether a packet is of DTLS, by its first byte (RFC 7983)."""
    return bool(data) and 20 <= data[0] <= 63


def is_media(data: bytes) -> bool:
    """Return whether a packet is of SRTP or SRTCP, by its first byte (RFC 7983)."""
    return bool(data) and 128 <= data[0] <= 191


def _split(written: bytes) -> list[bytes]:
    """Return datagrams of whole records."""
    datagrams: list[bytes] = []
    while written:
        length = _RECORD_HEADER_BYTES + int.from_bytes(written[11:_RECORD_HEADER_BYTES])
        record, written = written[:length], written[length:]
        if datagrams and len(datagrams[-1]) + len(record) <= _MTU:
            datagrams[-1] += record
        else:
            datagrams.append(record)
    return datagrams


def _certify(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "veza")])
    moment = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(moment - timedelta(days=1))
    return builder.not_valid_after(moment + _LIVES).sign(key, hashes.SHA256())


def _digest(certificate: x509.Certificate, name: str) -> str:
    return certificate.fingerprint(_HASHES[name]).hex(":").upper()
