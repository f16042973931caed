"""Clocks of nodes differ a little: what one signed is good on another whose clock is behind."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.domains.accounts.people import bearer, calling, is_in, sign_up
from tests.http.apps import assemble
from veza.app.services import LINK_PURPOSE, Services
from veza.core.access import Role
from veza.core.ids import (
    ExportId,
    GearDocumentId,
    ImageId,
    OrderId,
    ProductFileId,
    SessionId,
    TrackId,
    UserId,
    new_id,
)
from veza.domains.chat import jobs as chat_jobs
from veza.domains.chat import service as chat
from veza.domains.chat.errors import BadChatToken
from veza.domains.gear import rules as gear_rules
from veza.domains.gear import service as gear
from veza.domains.images import rules as images_rules
from veza.domains.images import service as images
from veza.domains.privacy import rules as privacy_rules
from veza.domains.privacy import service as privacy
from veza.domains.purchases import rules as purchases_rules
from veza.domains.purchases import service as purchases
from veza.domains.sellers import rules as sellers_rules
from veza.domains.sellers import service as sellers
from veza.domains.sessions.models import AccessClaims
from veza.domains.shares import rules as shares_rules
from veza.domains.shares import service as shares
from veza.domains.tracks import rules as tracks_rules
from veza.domains.tracks import service as tracks
from veza.domains.tracks.models import Grant
from veza.infra import tokens as tokens_module

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
    async with calling(services, app) as client:
        move_clock(ahead_s)
        someone = await sign_up(client)
        assert await is_in(client, someone["access_token"]) is is_good


@pytest.mark.parametrize(("over_s", "is_good"), [(2, True), (8, False)])
async def test_a_token_is_good_for_a_node_whose_clock_says_that_it_just_expired(
    services: Services, move_clock: Callable[[float], None], over_s: float, *, is_good: bool
) -> None:
    app, _ = assemble(services)
    async with calling(services, app) as client:
        someone = await sign_up(client)
        me = (await client.get("users/me", headers=bearer(someone["access_token"]))).json()["data"]
        door = services.door
        move_clock(-door.tokens.lifetime.total_seconds() - over_s)
        token = door.tokens.sign(AccessClaims(UserId(me["id"]), SessionId(new_id()), Role.USER))
        assert await is_in(client, token) is is_good


async def test_a_chat_token_of_a_node_whose_clock_is_ahead_is_good_once(
    services: Services, move_clock: Callable[[float], None]
) -> None:
    move_clock(2)
    token = services.chat_gate.tokens.sign(_claims())

    await chat.spend_token(services.database, services.chat_gate, token)
    with pytest.raises(BadChatToken):
        await chat.spend_token(services.database, services.chat_gate, token)


async def test_a_chat_token_that_just_expired_is_good_once_however_often_spent_ones_are_swept(
    services: Services, move_clock: Callable[[float], None]
) -> None:
    move_clock(-chat.TOKEN_LIFETIME.total_seconds() - 2)
    token = services.chat_gate.tokens.sign(_claims())
    await chat.spend_token(services.database, services.chat_gate, token)
    await chat_jobs.sweep_tokens(services.database)

    with pytest.raises(BadChatToken):
        await chat.spend_token(services.database, services.chat_gate, token)


def _return_is_granted(text: str, grant: Grant, is_signed: Callable[[str, str], bool]) -> bool:
    del text
    said = f"{_ID}.{grant.expires}.{grant.signature}"
    return sellers.find_returning(said, is_signed) == UserId(_ID)


LINKS: dict[str, tuple[Callable[[int], str], Any]] = {
    "track": (
        lambda expires: tracks_rules.granted_text(TrackId(_ID), expires),
        lambda grant, signed: tracks.is_granted(TrackId(_ID), grant, signed),
    ),
    "image": (
        lambda expires: images_rules.granted_text(ImageId(_ID), expires),
        lambda grant, signed: images.is_granted(ImageId(_ID), grant, signed),
    ),
    "purchase": (
        lambda expires: purchases_rules.granted_text(OrderId(_ID), ProductFileId(_ID), expires),
        lambda grant, signed: purchases.is_granted(OrderId(_ID), ProductFileId(_ID), grant, signed),
    ),
    "document": (
        lambda expires: gear_rules.granted_text(GearDocumentId(_ID), expires),
        lambda grant, signed: gear.is_granted(GearDocumentId(_ID), grant, signed),
    ),
    "export": (
        lambda expires: privacy_rules.granted_text(ExportId(_ID), expires),
        lambda grant, signed: privacy.is_granted(ExportId(_ID), grant, signed),
    ),
    "share": (
        lambda expires: shares_rules.granted_text("x", expires),
        lambda grant, signed: shares.is_granted("x", grant, signed),
    ),
    "return": (
        lambda expires: sellers_rules.granted_text(UserId(_ID), expires),
        lambda grant, signed: _return_is_granted("", grant, signed),
    ),
}


@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize(("over_s", "is_good"), [(-60, True), (2, True), (8, False)])
async def test_a_signed_link_is_good_for_a_node_whose_clock_says_that_it_just_expired(
    services: Services, kind: str, over_s: int, *, is_good: bool
) -> None:
    write, is_granted = LINKS[kind]
    expires = int(time.time()) - over_s
    signature = services.keys.sign(LINK_PURPOSE, write(expires))

    def is_signed(text: str, given: str) -> bool:
        return services.keys.is_signed(LINK_PURPOSE, text, given)

    assert is_granted(Grant(expires, signature), is_signed) is is_good
    assert not is_granted(Grant(expires, signature[::-1]), is_signed)
