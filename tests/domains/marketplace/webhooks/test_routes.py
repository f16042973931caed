"""The door for companies: signed as they sign, kept as it came, answered at once."""

import asyncio

import msgspec
import pytest
from prometheus_client import REGISTRY

from tests import make
from tests.domains.marketplace.webhooks.events_steps import write
from tests.fakes.hyperswitch import sign
from veza.core.access import Role
from veza.domains.marketplace.webhooks.models import WebhookOutcome


def _refused() -> float:
    labels = {"provider": "sandbox"}
    return REGISTRY.get_sample_value("veza_webhooks_refused_total", labels) or 0


@pytest.mark.parametrize("header", ["x-hyperswitch-signature", "x-webhook-signature-512"])
async def test_either_header_is_read(wire, checkout, header):
    body = write(checkout)

    answer = await wire.send(body, **{header: wire.sign(body)})

    assert answer.status_code == 200
    assert answer.json() == {"success": True, "data": {"received": True}}


async def test_one_right_signature_of_two_is_enough(wire, checkout):
    body = write(checkout)
    right, wrong = wire.sign(body), "0" * 128

    for one, other in ((right, wrong), (wrong, right)):
        headers = {"x-hyperswitch-signature": one, "x-webhook-signature-512": other}
        assert (await wire.send(body, **headers)).status_code == 200


async def test_a_signature_in_upper_case_is_valid(wire, checkout):
    body = write(checkout)
    assert (
        await wire.send(body, **{"x-hyperswitch-signature": wire.sign(body).upper()})
    ).status_code == 200


@pytest.mark.parametrize(
    ("header", "signature"),
    [
        ("x-hyperswitch-signature", ""),
        ("x-hyperswitch-signature", "{right}0"),
        ("x-hyperswitch-signature", "{short}"),
        ("x-hyperswitch-signature", "{of_another}"),
        ("x-hyperswitch-signature", "é" * 128),
        ("x-webhook-signature-512", "0" * 128),
        ("x-signature", "{right}"),
        ("stripe-signature", "t=1,v1={right}"),
    ],
)
async def test_a_bad_signature_is_401_and_counted_and_not_kept(wire, checkout, header, signature):
    body = write(checkout)
    right, before = wire.sign(body), _refused()

    written = signature.format(
        right=right, short=right[:-1], of_another=sign("another secret", body)
    )
    answer = await wire.client.post(
        "webhooks/hyperswitch", content=body, headers={header: written.encode("latin-1")}
    )

    assert answer.status_code == 401
    assert answer.json()["code"] == "bad_signature"
    assert "www-authenticate" in answer.headers
    assert _refused() == before + 1
    assert await wire.count_events(msgspec.json.decode(body)["event_id"]) == 0


async def test_the_signature_is_of_the_raw_bytes(wire, checkout):
    body = write(checkout)
    signature = wire.sign(body)
    reordered = msgspec.json.encode(dict(reversed(msgspec.json.decode(body).items())))

    for other in (reordered, body + b" ", body.replace(b"1250", b"1251")):
        answer = await wire.send(other, **{"x-hyperswitch-signature": signature})
        assert answer.status_code == 401


async def test_a_body_that_is_no_event_is_400_and_not_kept(wire):
    for body in (b"", b"{", b"[1]", b"\xff", b'{"a": NaN}', b"[" * 50_000):
        answer = await wire.send(body)
        assert answer.status_code == 400, body[:10]
        assert answer.json()["code"] == "unreadable_event"


async def test_a_huge_body_is_413(wire, settings):
    answer = await wire.send(b'{"a": "' + b"x" * settings.body_max_bytes + b'"}')

    assert answer.status_code == 413


async def test_any_media_type_is_accepted(wire, checkout):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
        body = write(checkout)
        headers = {"x-hyperswitch-signature": wire.sign(body), "content-type": kind}
        assert (await wire.send(body, **headers)).status_code == 200


async def test_credentials_are_ignored(wire, checkout):
    body = write(checkout)
    headers = {"x-hyperswitch-signature": wire.sign(body), "authorization": "Bearer bad"}

    assert (await wire.send(body, **headers)).status_code == 200


async def test_an_event_of_an_unknown_kind_is_stored(wire, checkout, services):
    body = write(checkout, "mandate.active")
    event_id = msgspec.json.decode(body)["event_id"]

    assert (await wire.send(body)).status_code == 200
    await wire.process()

    assert await wire.outcome_of(event_id) is WebhookOutcome.IGNORED
    async with services.database.read() as conn:
        sql = "select body from webhook_events where event_id = $1"
        assert await conn.value(bytes, sql, event_id) == body


async def test_one_event_sent_a_hundred_times_at_once_is_processed_once(wire, checkout, work):
    body = write(checkout)
    event_id = msgspec.json.decode(body)["event_id"]

    answers = await asyncio.gather(*(wire.send(body) for _ in range(100)))

    assert {answer.status_code for answer in answers} == {200}
    assert await wire.count_events(event_id) == 1
    await work()
    assert await wire.outcome_of(event_id) is WebhookOutcome.APPLIED
    assert await wire.status_of(checkout) == "paid"
    assert await wire.earned_by_seller(checkout) == 1125


async def test_admins_list_events_with_their_outcome(wire, checkout, services, client):
    assert await wire.tell(checkout, amount=1) is WebhookOutcome.FLAGGED
    admin = await make.person(services, Role.ADMIN)
    answer = await client.get(
        "admin/webhooks", params={"outcome": "flagged", "limit": 1}, headers=admin.headers
    )

    page = answer.json()["data"]
    [event] = page["events"]
    assert (event["kind"], event["outcome"]) == ("payment_succeeded", "flagged")
    assert "body" not in event

    before = await client.get("admin/webhooks", headers=admin.headers)
    assert before.status_code == 200
    bad = await client.get("admin/webhooks", params={"cursor": "bad"}, headers=admin.headers)
    assert bad.status_code == 400
    buyer = await client.get("admin/webhooks", headers=checkout.buyer.headers)
    assert buyer.status_code == 403
