"""Key material of SRT: who knows the passphrase unwraps it, and wraps it for another."""

import os

import pytest

from tests.support.srt_material import wrap_as_encoder
from veza.infra.security.srt_keys import BadKeyMaterial, rewrap, unwrap


@pytest.mark.parametrize("size", [16, 24, 32])
def test_keys_of_each_length_are_wrapped_with_another_passphrase(size):
    key = os.urandom(size)
    material = wrap_as_encoder("passphrase of the member", key)

    other = rewrap(material, "passphrase of the member", "another passphrase")

    assert unwrap(other, "another passphrase") == key
    assert (len(other), other[:32]) == (len(material), material[:32])
    for each in (other, material):
        with pytest.raises(BadKeyMaterial):
            unwrap(each, "neither of them")
    with pytest.raises(BadKeyMaterial):
        unwrap(other, "passphrase of the member")


def test_two_keys_are_wrapped_together():
    keys = os.urandom(32)
    material = wrap_as_encoder("a passphrase", keys, length=16)
    assert unwrap(rewrap(material, "a passphrase", "another one"), "another one") == keys


def test_what_is_malformed_is_refused():
    good = wrap_as_encoder("a passphrase", os.urandom(16))
    bad = [b"", good[:32], good[:-1], good + bytes(8), b"\x11" + good[1:]]
    bad += [good[:15] + bytes([length]) + good[16:] for length in (0, 3, 6, 255)]
    bad += [good[:14] + bytes([length]) + good[15:] for length in (0, 3, 5)]
    bad += [good[:-1] + bytes([good[-1] ^ 1]), os.urandom(200)]
    for each in bad:
        with pytest.raises(BadKeyMaterial):
            unwrap(each, "a passphrase")
