"""Codes of authenticator apps (TOTP, RFC 6238), and the QR code that sets one up.

A code is valid for its own 30 seconds and no longer (ASVS 5.0, 6.5.5): neither the code before nor
the one after is accepted.
"""

import base64
import hmac
import io
import secrets
import time

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

_STEP_S = 30
_DIGITS = 6
_SECRET_BYTES = 20


def generate_secret() -> str:
    """Return the secret of an authenticator app: 160 bits in Base32, as RFC 4226 advises."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def make_code(secret: str, *, at: float | None = None) -> str:
    """Return the code that an authenticator app shows at a time in Unix seconds, by default now."""
    return _generator(secret).generate(time.time() if at is None else at).decode()


def find_step(secret: str, code: str, *, at: float | None = None) -> int | None:
    """Return the time step of a code if it is the present one; None if it is not.

    Steps are counted from 1970; store the last one, because a code must work once only.
    """
    moment = time.time() if at is None else at
    expected = _generator(secret).generate(moment)
    digits = "".join(code.split()).encode()
    return int(moment / _STEP_S) if hmac.compare_digest(expected, digits) else None


def write_uri(secret: str, *, site: str, username: str) -> str:
    """Return the `otpauth://` address that hands a secret to an authenticator app."""
    return _generator(secret).get_provisioning_uri(username, site)


def draw_qr_code(text: str) -> str:
    """Return an SVG picture, with the margin that readers need."""
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        picture, kind="svg", scale=4, border=4, light="#fff", xmldecl=False, nl=False
    )
    return picture.getvalue().decode()


def _generator(secret: str) -> TOTP:
    # SHA-1 is what authenticator apps have in common; an HMAC of it is not broken.
    return TOTP(base64.b32decode(secret), _DIGITS, SHA1(), _STEP_S)  # noqa: S303
