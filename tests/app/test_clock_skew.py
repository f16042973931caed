"""Clocks of nodes differ a little: what one signed is good on another whose clock is behind."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.domains.auth.accounts.people import bearer, is_signed_in, open_client, sign_up
from tests.http.apps import assemble
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import SessionId, UserId, new_id
from veza.core.signed_urls import Resource, UrlSignature
from veza.domains.auth.sessions.models import AccessClaims
from veza.domains.marketplace.sellers import rules as sellers_rules
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers.errors import OnboardingLinkOver
from veza.domains.realtime import jobs as chat_jobs
from veza.domains.realtime import service as chat
from veza.domains.realtime.errors import BadChatToken
from veza.infra.security import tokens as tokens_module

_ID = new_id()


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Have the node that signs tokens be so many seconds ahead."""

    def move(seconds: float) -> None:
        monkeypatch.setattr(
            tokens_module, "now", lambda: datetime.now(UTC) + timedelta(seconds=seconds)
        )

    return move


def _claims() -> AccessClaims:
    return AccessClaims(UserId(new_id()), SessionId(new_id()), Role.USER)


@pytest.mark.parametrize(("ahead_s", "is_good"), [(1.5, True), (4, True), (8, False)])
async def test_a_token_of_a_node_whose_clock_is_ahead_is_good(
    services: Services, move_clock: Callable[[float], None], ahead_s: float, *, is_good: bool
) -> None:
    app, _ = assemble(services)
    async with open_client(services, app) as client:
        move_clock(ahead_s)
        someone = await sign_up(client)
        assert await is_signed_in(client, someone["access_token"]) is is_good


@pytest.mark.parametrize(("over_s", "is_good"), [(2, True), (8, False)])
async def test_a_token_is_good_for_a_node_whose_clock_says_that_it_just_expired(
    services: Services, move_clock: Callable[[float], None], over_s: float, *, is_good: bool
) -> None:
    app, _ = assemble(services)
    async with open_client(services, app) as client:
        someone = await sign_up(client)
        me = (await client.get("users/me", headers=bearer(someone["access_token"]))).json()["data"]
        door = services.session_tokens
        move_clock(-door.tokens.lifetime.total_seconds() - over_s)
        token = door.tokens.sign(AccessClaims(UserId(me["id"]), SessionId(new_id()), Role.USER))
        assert await is_signed_in(client, token) is is_good


async def test_a_chat_token_of_a_node_whose_clock_is_ahead_is_good_once(
    services: Services, move_clock: Callable[[float], None]
) -> None:
    move_clock(2)
    token = services.chat_tokens.tokens.sign(_claims())

    await chat.spend_token(services.database, services.chat_tokens, token)
    with pytest.raises(BadChatToken):
        await chat.spend_token(services.database, services.chat_tokens, token)


async def test_a_chat_token_that_just_expired_is_good_once_however_often_spent_ones_are_swept(
    services: Services, move_clock: Callable[[float], None]
) -> None:
    move_clock(-chat.TOKEN_LIFETIME.total_seconds() - 2)
    token = services.chat_tokens.tokens.sign(_claims())
    await chat.spend_token(services.database, services.chat_tokens, token)
    await chat_jobs.sweep_tokens(services.database)

    with pytest.raises(BadChatToken):
        await chat.spend_token(services.database, services.chat_tokens, token)


@pytest.mark.parametrize("resource", Resource)
@pytest.mark.parametrize(("over_s", "is_good"), [(-60, True), (2, True), (8, False)])
async def test_a_signed_url_is_valid_for_a_node_whose_clock_says_that_it_just_expired(
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    resource: Resource,
    over_s: int,
    *,
    is_good: bool,
) -> None:
    moment = time.time()
    monkeypatch.setattr(time, "time", lambda: moment)
    signer, expires = services.url_signer, int(moment) - over_s
    signature = signer.sign(resource, _ID, expires=expires)

    assert signer.is_valid(UrlSignature(expires, signature), resource, _ID) is is_good
    assert not signer.is_valid(UrlSignature(expires, signature[::-1]), resource, _ID)
    assert not signer.is_valid(UrlSignature(expires + 1, signature), resource, _ID)


def test_a_signature_admits_to_no_other_resource(services: Services) -> None:
    signer, expires = services.url_signer, int(time.time()) + 60
    signed = UrlSignature(expires, signer.sign(Resource.TRACK, _ID, expires=expires))

    assert signer.is_valid(signed, Resource.TRACK, _ID)
    assert not signer.is_valid(signed, Resource.IMAGE, _ID)
    assert not signer.is_valid(signed, Resource.TRACK, new_id())
    assert not signer.is_valid(None, Resource.TRACK, _ID)


def test_the_return_of_a_seller_is_signed(services: Services) -> None:
    urls = services.url_signer.builder("https://veza.test")
    token = sellers_rules.return_url(UserId(_ID), urls).rpartition("/")[2]

    assert sellers.read_return_token(token, services.url_signer) == UserId(_ID)
    for invalid in (token[:-1], "x"):
        with pytest.raises(OnboardingLinkOver):
            sellers.read_return_token(invalid, services.url_signer)
