"""Tokens of one kind are never taken for those of another."""

import time
from datetime import timedelta

import pytest
from msgspec import Struct

from veza.infra.security.tokens import BadToken, TokenCache, TokenSigner

KEY = b"k" * 32


class Claims(Struct, frozen=True):
    sub: str
    seat: int


class Others(Struct, frozen=True):
    sub: str
    row: str


def _tokens(audience: str = "seats", key: bytes = KEY, seconds: int = 60) -> TokenSigner:
    return TokenSigner(key, audience=audience, lifetime=timedelta(seconds=seconds))


def test_what_was_signed_is_read() -> None:
    assert _tokens().read(_tokens().sign(Claims("me", 5)), Claims) == Claims("me", 5)


@pytest.mark.parametrize(
    "signer",
    [_tokens("rows"), _tokens(key=b"x" * 32), _tokens(seconds=-8)],
    ids=["aud", "key", "exp"],
)
def test_another_kind_another_key_or_another_time_is_bad(signer: TokenSigner) -> None:
    with pytest.raises(BadToken):
        _tokens().read(signer.sign(Claims("me", 5)), Claims)


def test_claims_of_another_shape_are_bad() -> None:
    with pytest.raises(BadToken):
        _tokens().read(_tokens().sign(Claims("me", 5)), Others)


def test_without_a_subject_it_is_bad() -> None:
    class Nobody(Struct, frozen=True):
        seat: int

    with pytest.raises(BadToken):
        _tokens().read(_tokens().sign(Nobody(5)), Nobody)


def test_an_expired_one_is_read_where_that_is_wanted_and_nothing_else_is_forgiven() -> None:
    expired = _tokens(seconds=-8)

    assert _tokens().read(expired.sign(Claims("me", 5)), Claims, expired_too=True).sub == "me"
    for other in (_tokens("rows", seconds=-8), _tokens(key=b"x" * 32, seconds=-8)):
        with pytest.raises(BadToken):
            _tokens().read(other.sign(Claims("me", 5)), Claims, expired_too=True)


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "é", "\0", "." * 10_000])
def test_what_is_no_token_is_bad(token: str) -> None:
    with pytest.raises(BadToken):
        _tokens().read(token, Claims)


def test_a_remembered_token_is_forgotten_when_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    signer, cache = _tokens(seconds=60), TokenCache[Claims]()
    token = signer.sign(Claims("me", 5))
    claims, until = signer.read_with_end(token, Claims)
    cache.add(token, claims, until)
    start = time.time()

    assert until == pytest.approx(start + 65, abs=3)
    assert cache.find(token) == Claims("me", 5)
    monkeypatch.setattr(time, "time", lambda: until - 0.1)
    assert cache.find(token) == Claims("me", 5)
    monkeypatch.setattr(time, "time", lambda: until)
    assert cache.find(token) is None
    assert len(cache) == 0
    with pytest.raises(BadToken):
        _tokens(seconds=-8).read_with_end(_tokens(seconds=-8).sign(Claims("me", 5)), Claims)


def test_a_full_cache_forgets_the_older_half() -> None:
    cache = TokenCache[int](max_tokens=10)
    for number in range(25):
        cache.add(str(number), number, int(time.time()) + 60)
        assert len(cache) <= 10

    assert cache.find("24") == 24
    assert cache.find("0") is None
