"""What is read of events, in whichever form they come."""

import hashlib

import msgspec
import pytest

from tests.fakes.hyperswitch import FakeHyperswitch
from veza.domains.marketplace.webhooks.errors import UnreadableEvent
from veza.domains.marketplace.webhooks.models import EventContent, EventHeader
from veza.domains.marketplace.webhooks.rules import read_content, read_header


def write(event):
    return msgspec.json.encode(event)


FACTS = {"payment_id": "p1", "amount": 1250, "currency": "EUR"}
FORMS = {
    "at the top": {"event": "payment.succeeded", "event_id": "e1", **FACTS},
    "under data": {"event": "payment.succeeded", "data": {"event_id": "e1", **FACTS}},
    "partly under data": {"event": "payment.succeeded", "event_id": "e1", "data": FACTS},
    "as Hyperswitch": {
        "event_type": "payment_succeeded",
        "event_id": "e1",
        "content": {"type": "payment_details", "object": FACTS},
    },
}


@pytest.mark.parametrize("event", FORMS.values(), ids=FORMS)
def test_all_forms_are_read(event):
    assert read_header(write(event)) == EventHeader("e1", "payment_succeeded")
    assert read_content(write(event)) == EventContent(
        payment_id="p1", amount_cents=1250, currency="EUR"
    )


def test_events_of_hyperswitch_are_read():
    with FakeHyperswitch() as fake:
        payment = {"payment_id": "p1", "amount": 1250, "amount_received": 1200, "currency": "EUR"}
        body = fake.make_event("payment_failed", payment | {"error_message": "No money."})
    letter = read_header(body)

    assert letter.event_id.startswith("evt_")
    assert letter.kind == "payment_failed"
    told = read_content(body)
    assert (told.amount_cents, told.reason) == (1200, "No money."), "What came in counts."


def test_events_of_stripe_are_read():
    body = write(
        {
            "id": "evt_1",
            "type": "account.updated",
            "data": {"object": {"id": "acct_1", "object": "account"}},
        }
    )

    assert read_header(body) == EventHeader("evt_1", "account_updated")
    assert read_content(body).account_ref == "acct_1"


def test_a_dispute_and_a_refund_are_read():
    dispute = {"dispute_id": "d1", "payment_id": "p1", "amount": "1250", "currency": "eur"}
    told = read_content(write({"event_type": "dispute_opened", "content": {"object": dispute}}))
    assert (told.dispute_ref, told.payment_id) == ("d1", "p1")
    assert (told.amount_cents, told.currency) == (1250, "EUR")

    refund = {"refund_id": "r1", "payment_id": "p1", "amount": 1}
    told = read_content(write({"event_type": "refund_succeeded", "content": {"object": refund}}))
    assert told.refund_id == "r1"


@pytest.mark.parametrize("event_id", [None, 5, "", "x" * 256, "a\u0000b", ["e1"], {"e": 1}])
def test_an_event_without_an_id_gets_the_hash_of_its_body(event_id):
    body = write({"event": "payment.succeeded", "event_id": event_id})

    assert read_header(body).event_id == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("kind", [None, 5, "", "x" * 256, "a\u0000b"])
def test_an_event_with_an_invalid_kind_is_unknown(kind):
    assert read_header(write({"event": kind})).kind == "unknown"


def test_a_kind_that_is_longer_in_lower_case_is_cut():
    assert len(read_header(write({"event": "İ" * 255})).kind) <= 255


@pytest.mark.parametrize(
    "event",
    [
        {"account": "acct_1", "data": {"object": {"id": "transfers", "object": "capability"}}},
        {"data": {"object": {"id": "transfers", "object": "capability", "account": "acct_1"}}},
        {"data": {"object": {"id": "acct_1", "object": "account"}}},
    ],
)
def test_the_account_is_read_from_each_place(event):
    assert read_content(write(event)).account_ref == "acct_1"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"event"', b"5", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000],
    ids=lambda body: str(body[:12]),
)
def test_a_body_that_is_no_json_object_is_refused(body):
    with pytest.raises(UnreadableEvent):
        read_header(body)
    with pytest.raises(UnreadableEvent):
        read_content(body)


@pytest.mark.parametrize(
    ("sum_", "cents"),
    [
        (1250, 1250),
        ("1250", 1250),
        (0, 0),
        (-1250, -1250),
        (12.5, 0),
        (True, 0),
        ("12.50", 0),
        ("-1", 0),
        ("٣", 0),
        ("9" * 30, 0),
        (10**18, 0),
        (-(10**18), 0),
        (2**63, 0),
        (2**64 - 1, 0),
        (10**30, 0),
        ([], 0),
        ({}, 0),
        (None, None),
    ],
)
def test_an_invalid_amount_is_zero(sum_, cents):
    assert read_content(write({"event": "payment.succeeded", "amount": sum_})).amount_cents == cents


@pytest.mark.parametrize("nested", [None, 5, "text", [], [{"payment_id": "p1"}]])
def test_unexpected_nesting_is_ignored(nested):
    assert read_content(write({"data": nested, "content": nested})) == EventContent()
    assert read_content(write({"data": {"object": nested}})) == EventContent()
