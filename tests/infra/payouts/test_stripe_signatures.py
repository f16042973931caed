"""Signatures of Stripe's webhooks, compared with those that Stripe's own SDK accepts."""

import hmac
import time

import pytest
import stripe

from veza.infra.payouts.stripe_signatures import TOLERANCE_S, is_signed

SECRET = "whsec_tests"
BODY = b'{"id": "evt_1"}'


def sign(at: int, *, secret: str = SECRET, body: bytes = BODY) -> str:
    return hmac.digest(secret.encode(), f"{at}.".encode() + body, "sha256").hex()


def accepted_by_sdk(header: str) -> bool:
    try:
        return stripe.WebhookSignature.verify_header(BODY.decode(), header, SECRET, TOLERANCE_S)
    except stripe.SignatureVerificationError:
        return False


def headers() -> list[tuple[str, bool]]:
    at = int(time.time())
    good, other = sign(at), sign(at, secret="whsec_other")
    return [
        (f"t={at},v1={good}", True),
        (f"t={at},v1={other},v1={good},v0={other}", True),
        (f"v1={good},t={at}", True),
        (f"t={at},v1={other}", False),
        (f"t={at},v0={good}", False),
        (f"t={at + 1},v1={good}", False),
        (f"t={at - 600},v1={sign(at - 600)}", False),
        (f"t={at},v1={sign(at, body=b'{}')}", False),
        (f"t=,v1={good}", False),
        (f"t={at}", False),
        ("", False),
    ]


@pytest.mark.parametrize("number", range(11))
def test_a_header_is_accepted_if_the_sdk_accepts_it(number: int) -> None:
    header, expected = headers()[number]

    assert is_signed(SECRET, BODY, header) is expected
    assert accepted_by_sdk(header) is expected


@pytest.mark.parametrize("header", ["t=1,v1=é", "t=" + "9" * 5000 + ",v1=ab", "t=ab,v1=ab", ","])
def test_a_malformed_header_is_refused(header: str) -> None:
    assert not is_signed(SECRET, BODY, header)


def test_a_header_with_very_many_signatures_is_refused() -> None:
    at = int(time.time())

    assert not is_signed(SECRET, BODY, f"t={at}" + f",v1={sign(at)}" * 1000)
