"""The sandbox beside real money, or in production: what a server that is started says of it."""

import subprocess
from pathlib import Path
from random import Random
from uuid import uuid4

import httpx
import pytest

from tests.journeys.companies import Companies
from tests.journeys.served import Server, calling, filled, served, sign_up, until
from tests.journeys.traders import ORDERS, open_stall
from tests.make import PASSWORD

pytestmark = pytest.mark.long

ADMIN = "till@example.com"
_REAL = {
    "payments": {
        "VEZA_PAYMENT_PROVIDER": "hyperswitch",
        "VEZA_HYPERSWITCH_URL": "http://127.0.0.1:1",
        "VEZA_HYPERSWITCH_API_KEY": "pro_ours",
        "VEZA_HYPERSWITCH_WEBHOOK_SECRET": "swordfish",
    },
    "payouts": {
        "VEZA_PAYOUT_PROVIDER": "stripe",
        "VEZA_STRIPE_SECRET_KEY": "sk_live_ours",
        "VEZA_STRIPE_WEBHOOK_SECRET": "whsec_ours",
    },
}


@pytest.mark.parametrize("command", ["serve", "http", "worker", "doctor"])
@pytest.mark.parametrize("real", _REAL)
def test_real_money_beside_the_sandbox_does_not_start(tmp_path: Path, command: str, real: str):
    server = Server(tmp_path, **_REAL[real])
    done = subprocess.run(
        [*server.command()[:3], command],
        env=server.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    [sentence] = done.stderr.strip().splitlines()
    assert sentence.startswith("veza: VEZA_PAYMENT_PROVIDER=")
    assert "can't be used together" in sentence
    assert not server.data_dir.exists(), "Nothing was begun."


def test_the_sandbox_in_production_is_warned_of_once_and_shown_to_admins():
    settings = {
        "VEZA_ENV": "production",
        "VEZA_ADMIN_EMAIL": ADMIN,
        "VEZA_ADMIN_PASSWORD": PASSWORD,
        "VEZA_SECOND_FACTORS_FOR": "nobody",
    }
    with served("--workers", "2", **settings) as server:
        with httpx.Client(base_url=f"{server.url}/api/v1/", timeout=30) as client:
            config = client.get("health/deep").json()["data"]["config"]
            login = client.post("auth/login", json={"email": ADMIN, "password": PASSWORD})
            token = login.json()["data"]["access_token"]
            stats = client.get("admin/stats", headers={"authorization": f"Bearer {token}"})
        log = server.log

    assert log.count("sandbox_in_production") == 1
    assert "Paid products are effectively free" in log
    assert (config["money_mode"], config["paid_products_are_free"]) == ("test", True)
    payments = stats.json()["data"]["payments"]
    assert payments == {"is_live": 0, "is_free_in_production": 1}


def test_who_bought_from_themselves_in_the_sandbox_gets_no_real_money_after_the_switch():
    with Companies(Random(1)) as companies, filled("--workers", "1") as server:
        companies.post.copies = [1]
        companies.post.url = server.url
        server.start()
        seller = open_stall(server, "seller", [900_000, 1000])
        buyer = sign_up(server, "accomplice")
        path = f"sandbox/payments/{order(server, buyer, seller.products[0])}/confirm"
        with calling(server, buyer) as client:
            assert client.post(path, json={"outcome": "succeeded"}).status_code == 202
        with calling(server, seller.token) as client:
            until(lambda: client.get("sell/balance").json()["data"]["pending"] == 810_000, 60)
        server.stop()

        server.configure(**companies.settings)
        server.start()
        seller.connect(server, companies)
        with calling(server, seller.token) as client:
            until(lambda: client.get("sell/balance").json()["data"]["connected"], 60)
            # What is really sold after that is paid, and so there was time for the other one.
            companies.bank.pay(order(server, buyer, seller.products[1]))
            until(lambda: client.get("sell/balance").json()["data"]["available"] == 900, 60)
            balance = client.get("sell/balance").json()["data"]
            transfers = client.get("sell/transfers").json()["data"]["transfers"]
        server.stop()
        server.ensure_books_are_right()

        assert [one["amount"] for one in companies.stripe.transfers.values()] == [900]
        assert (balance["mode"], balance["pending"]) == ("live", 0)
        in_sandbox = {"currency": "EUR", "available": 0, "pending": 810_000}
        assert balance["other_mode"] == {"mode": "test", "by_currency": [in_sandbox]}
        stand = [(one["mode"], one["status"]) for one in transfers]
        assert stand == [("live", "completed"), ("test", "pending")]


def order(server: Server, buyer: str, product_id: str) -> str:
    """Order a product; give the payment to confirm."""
    with calling(server, buyer) as client:
        answer = client.post(
            ORDERS,
            json={"items": [{"product_id": product_id}]},
            headers={"idempotency-key": str(uuid4())},
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["payment"]["payment_id"]
