"""Codes of authenticator apps: those of the standard, each for its own half minute."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from veza.infra.security import totp

# RFC 6238, appendix B: the last six digits for SHA-1.
_SECRET = base64.b32encode(b"12345678901234567890").decode()
_VECTORS = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}


def test_codes_are_those_of_the_standard() -> None:
    for at, code in _VECTORS.items():
        assert totp.make_code(_SECRET, at=at) == code
        assert totp.find_step(_SECRET, code, at=at) == at // 30
        assert totp.find_step(_SECRET, f" {code[:3]} {code[3:]}", at=at) == at // 30


def test_a_code_is_valid_for_its_own_thirty_seconds_and_no_longer() -> None:
    code = totp.make_code(_SECRET, at=1111111109)
    begins = 1111111109 // 30 * 30
    assert totp.find_step(_SECRET, code, at=begins) is not None
    assert totp.find_step(_SECRET, code, at=begins + 29.9) is not None
    assert totp.find_step(_SECRET, code, at=begins - 1) is None
    assert totp.find_step(_SECRET, code, at=begins + 30) is None


@given(st.text())
def test_any_text_is_refused_unless_it_is_the_code(text: str) -> None:
    is_code = "".join(text.split()) == "287082"
    assert (totp.find_step(_SECRET, text, at=59) is not None) == is_code


def test_secrets_are_long_and_shown_as_a_picture_without_script() -> None:
    secret = totp.generate_secret()
    assert len(base64.b32decode(secret)) == 20
    uri = totp.write_uri(secret, site="veza.example:8080", username="mara")
    assert uri.startswith("otpauth://totp/veza.example%3A8080:mara?")
    assert f"secret={secret}" in uri
    picture = totp.draw_qr_code(uri)
    assert picture.startswith("<svg ")
    assert "<script" not in picture
