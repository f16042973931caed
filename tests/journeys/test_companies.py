"""The road of money with companies: real clients on one side, real processes on the other."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
import pytest

from tests.fakes import hyperswitch, stripe
from tests.fakes.company import Company, Fault
from tests.fakes.hyperswitch import FakeHyperswitch
from tests.fakes.stripe import FakeStripe
from tests.journeys.served import Server, calling, served, sign_up, until
from tests.make import PASSWORD

pytestmark = pytest.mark.long

type Json = dict[str, Any]

ADMIN = "till@example.com"
SECRETS = [hyperswitch.API_KEY, hyperswitch.SECRET, stripe.SECRET_KEY, stripe.WEBHOOK_SECRET]
BROKEN = {"error": {"type": "api_error", "message": "Something went wrong"}}


@dataclass
class Town:
    """A server with both companies, and all that it answered."""

    server: Server
    payments: FakeHyperswitch
    payouts: FakeStripe
    answers: list[str] = field(default_factory=list)

    def ask(
        self, client: httpx.Client, method: str, path: str, status: int = 200, **options: Any
    ) -> Json:
        answer = client.request(method, path, **options)
        self.answers.append(f"{answer.headers}{answer.text}")
        assert answer.status_code == status, answer.text
        return answer.json().get("data", {})

    def deliver(self, company: Company, name: str) -> None:
        """Have a company tell all three times, in another order, at once."""
        company.duplicate(3)
        company.reorder(Random(1))

        async def send() -> None:
            base = f"{self.server.url}/api/v1/"
            async with httpx.AsyncClient(base_url=base, timeout=60, verify=False) as client:
                await company.deliver(client, f"webhooks/{name}")

        asyncio.run(send())
        assert company.list_events() == []


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with FakeHyperswitch() as payments, FakeStripe() as payouts:
        settings = {
            "VEZA_ADMIN_EMAIL": ADMIN,
            "VEZA_ADMIN_PASSWORD": PASSWORD,
            "VEZA_LOG_LEVEL": "debug",
            "VEZA_PAYMENT_PROVIDER": "hyperswitch",
            "VEZA_HYPERSWITCH_URL": payments.url,
            "VEZA_HYPERSWITCH_API_KEY": hyperswitch.API_KEY,
            "VEZA_HYPERSWITCH_WEBHOOK_SECRET": hyperswitch.SECRET,
            "VEZA_PAYOUT_PROVIDER": "stripe",
            "VEZA_STRIPE_URL": payouts.url,
            "VEZA_STRIPE_SECRET_KEY": stripe.SECRET_KEY,
            "VEZA_STRIPE_WEBHOOK_SECRET": stripe.WEBHOOK_SECRET,
        }
        with served("--workers", "2", **settings) as server:
            yield Town(server, payments, payouts)


@pytest.fixture(scope="module")
def seller(town: Town) -> Iterator[httpx.Client]:
    with calling(town.server, sign_up(town.server, "potter")) as client:
        yield client


@pytest.fixture(scope="module")
def buyer(town: Town) -> Iterator[httpx.Client]:
    with calling(town.server, sign_up(town.server, "keeper")) as client:
        yield client


def test_money_comes_in_goes_out_and_is_fought_over_as_both_companies_have_it(
    town: Town, seller: httpx.Client, buyer: httpx.Client
) -> None:
    def has(available: int, pending: int) -> bool:
        shown = town.ask(seller, "GET", "sell/balance")
        return (shown["available"], shown["pending"]) == (available, pending)

    order = order_through_faults(town, buyer, publish(town, seller, 2999))
    town.payments.pay(order["payment"]["payment_id"])
    town.deliver(town.payments, "hyperswitch")
    until(lambda: has(0, 2699), 60)

    account_ref = onboard_through_faults(town, seller)
    town.payouts.connect(account_ref)
    town.deliver(town.payouts, "stripe")
    until(lambda: has(2699, 0), 60)
    assert (town.payments.net_cents, town.payouts.paid_cents(account_ref)) == (2999, 2699)

    dispute_id = town.payments.dispute(order["payment"]["payment_id"], 2999)
    town.deliver(town.payments, "hyperswitch")
    until(lambda: has(0, 0), 60)
    assert (town.payments.net_cents, town.payouts.paid_cents(account_ref)) == (0, 0)

    town.payments.end_dispute(dispute_id, "won")
    town.deliver(town.payments, "hyperswitch")
    until(lambda: has(2699, 0), 60)
    assert (town.payments.net_cents, town.payouts.paid_cents(account_ref)) == (2999, 2699)
    town.server.ensure_books_are_right()


def test_no_secret_is_in_any_log_line_metric_or_answer(
    town: Town, seller: httpx.Client, buyer: httpx.Client
) -> None:
    """Neither when all is well nor when a company answers that it doesn't know us."""
    product_id = publish(town, seller, 500)
    for status in (0, 401, 500, 200):
        town.payments.faults.append(Fault(status, path="/payments", body=b"<html>"))
        order(town, buyer, product_id, 503)
        town.payouts.faults.append(Fault(status, path="/v1/account", body=b"<html>"))
        town.ask(seller, "POST", "sell/connect/onboard", 503)
    town.payments.faults.append(Fault(400, path="/payments", body={"error": {"message": "No."}}))
    town.answers.append(buyer.post("marketplace/orders", json=form_of(product_id)).text)
    for name in ("hyperswitch", "stripe"):
        town.ask(buyer, "POST", f"webhooks/{name}", 401, json={"event": "payment.succeeded"})
        town.ask(buyer, "POST", f"webhooks/{name}", 401, headers={"stripe-signature": "t=1,v1=2"})

    login = {"email": ADMIN, "password": PASSWORD}
    token = town.ask(buyer, "POST", "auth/login", json=login)["access_token"]
    with calling(town.server, token) as admin:
        for path in ("admin/webhooks", "admin/audit", "admin/jobs", "admin/ledger", "health/deep"):
            town.ask(admin, "GET", path)
        metrics = admin.get("metrics").text
        document = httpx.get(f"{town.server.url}/swagger/openapi.json", verify=False).text

    assert 'veza_webhooks_refused_total{provider="stripe"}' in metrics
    assert "hyperswitch_unavailable" in town.server.log
    written = "\n".join([town.server.log, metrics, document, *town.answers])
    assert [secret for secret in SECRETS if secret in written] == []


def publish(town: Town, seller: httpx.Client, price_cents: int) -> str:
    form = {"title": "Kiln Sessions", "type": "preset", "price_cents": price_cents}
    product_id = town.ask(seller, "POST", "marketplace/products", 201, json=form)["id"]
    town.ask(seller, "PUT", f"marketplace/products/{product_id}", json={"status": "published"})
    return product_id


def form_of(product_id: str) -> Json:
    return {"items": [{"product_id": product_id, "quantity": 1}], "payment_method": "card"}


def order(town: Town, buyer: httpx.Client, product_id: str, status: int, key: str = "") -> Json:
    headers = {"Idempotency-Key": key} if key else {}
    body = json.dumps(form_of(product_id))
    headers |= {"Content-Type": "application/json"}
    return town.ask(buyer, "POST", "marketplace/orders", status, content=body, headers=headers)


def order_through_faults(town: Town, buyer: httpx.Client, product_id: str) -> Json:
    """Order under one key until it is done; the company did it at the first time."""
    for status in (0, 409, 429, 500):
        fault = Fault(status, is_done=status == 0, path="/payments", body=BROKEN)
        town.payments.faults.append(fault)
        order(town, buyer, product_id, 503, "once")
    made = order(town, buyer, product_id, 201, "once")
    assert made["payment"]["payment_id"] in town.payments.payments
    assert len(town.payments.payments) == 1
    return made


def onboard_through_faults(town: Town, seller: httpx.Client) -> str:
    """Set out to be paid until it is done; the company opened an account at the first time."""
    for status in (0, 409, 429, 500):
        fault = Fault(status, is_done=True, path="/v1/accounts", body=BROKEN)
        town.payouts.faults.append(fault)
        town.ask(seller, "POST", "sell/connect/onboard", 503)
    url = town.ask(seller, "POST", "sell/connect/onboard")["onboarding_url"]
    assert url.startswith("https://connect.stripe.com/")
    [account_ref] = town.payouts.accounts
    return account_ref
