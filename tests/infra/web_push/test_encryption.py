"""Encryption of push messages: byte for byte that of the standard."""

import os

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.push_service import CURVE, decode, decrypt
from veza.infra.web_push.encryption import (
    MAX_MESSAGE_BYTES,
    BrowserKeys,
    encrypt,
    encrypt_with,
    is_valid,
)

# Appendix A of RFC 8291.
_TEXT = b"When I grow up, I want to be a watermelon"
_AUTH = decode("BTBZMqHH6r4Tts7J_aSIgg")
_SERVER_KEY = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
_BROWSER_KEY = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
_BROWSER_POINT = decode(
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
_SALT = decode("DGv6ra1nlYgDCS1FRnbzlw")
_BODY = decode(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6"
    "TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy"
    "4a-fN"
)
_KEYS = BrowserKeys(_BROWSER_POINT, _AUTH)


def _private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decode(text)), CURVE)


def test_the_example_of_the_standard_is_encrypted_to_the_same_bytes():
    assert encrypt_with(_TEXT, _KEYS, _private(_SERVER_KEY), _SALT) == _BODY
    assert decrypt(_BODY, _private(_BROWSER_KEY), _AUTH) == _TEXT


@pytest.mark.parametrize("length", [0, 1, 200, MAX_MESSAGE_BYTES])
def test_the_browser_reads_what_was_encrypted_and_nobody_else(length: int):
    content = os.urandom(length)
    body = encrypt(content, _KEYS)

    assert len(body) <= 4096
    assert decrypt(body, _private(_BROWSER_KEY), _AUTH) == content
    with pytest.raises(InvalidTag):
        decrypt(body, ec.generate_private_key(CURVE), _AUTH)


def test_no_key_is_used_twice():
    first, second = encrypt(_TEXT, _KEYS), encrypt(_TEXT, _KEYS)
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]


def test_a_point_beside_the_curve_is_no_key():
    moved = _BROWSER_POINT[:-1] + bytes([_BROWSER_POINT[-1] ^ 1])
    short = ec.generate_private_key(CURVE).public_key()
    compressed = short.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    assert is_valid(_KEYS)
    for point, auth in [
        (moved, _AUTH),
        (compressed, _AUTH),
        (b"", _AUTH),
        (bytes(65), _AUTH),
        (_BROWSER_POINT, _AUTH[:-1]),
    ]:
        assert not is_valid(BrowserKeys(point, auth))
