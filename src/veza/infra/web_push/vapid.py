"""The key by which push services recognise this server (VAPID, RFC 8292)."""

import base64
import time
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from veza.core.errors import CannotStart

_CURVE = ec.SECP256R1()
# RFC 8292 allows 24 hours at most.
_LIFETIME_S = 12 * 3600


class VapidKey:
    """A key pair of P-256, with the contact that push services may write to: `mailto:` or a URL."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey, contact: str) -> None:
        self._private_key = private_key
        self._contact = contact
        point = private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        # As browsers take it: `applicationServerKey`.
        self.public_key = encode(point)

    def authorization(self, endpoint: str) -> str:
        """Return the value of the `Authorization` header of a request to an endpoint."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(time.time()) + _LIFETIME_S,
            "sub": self._contact,
        }
        token = jwt.encode(claims, self._private_key, algorithm="ES256")
        return f"vapid t={token}, k={self.public_key}"


def derive_private_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """Return the private key that belongs to a random secret: always the same."""
    # 64 bits more than the order of the curve has, so that no key is likelier than another.
    drawn = HKDF(hashes.SHA256(), 40, None, b"vapid").derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(drawn) % (_CURVE.group_order - 1) + 1, _CURVE)


def read_private_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Parse a private key: 32 bytes in base64url, as tools write it. Raises CannotStart."""
    try:
        scalar = decode(text)
        if len(scalar) != 32:
            raise ValueError  # noqa: TRY301 - the same answer as for a number beyond the curve
        return ec.derive_private_key(int.from_bytes(scalar), _CURVE)
    except ValueError:
        raise CannotStart(
            "VEZA_VAPID_PRIVATE_KEY is no private key: it needs 32 bytes in base64url, as "
            "`npx web-push generate-vapid-keys` prints them."
        ) from None


def encode(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Decode base64url, with or without padding. Raises ValueError."""
    bare = text.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
