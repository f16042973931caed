"""The road of money there and back, over real sockets: buy, pay, invoice, refund, credit note."""

import httpx
import pytest

from tests.journeys.served import calling, sign_up, until

PROFILE = {
    "legal_name": "Lumière Records SARL",
    "address": "12 rue des Martyrs\n75009 Paris",
    "country": "FR",
    "vat_id": "FR12345678901",
    "vat_rate": 0.2,
}


def tell(client: httpx.Client, method: str, path: str, **said) -> dict:
    answer = client.request(method, path, **said)
    assert answer.is_success, answer.text
    return answer.json()["data"]


@pytest.fixture(scope="module")
def products(server) -> list[str]:
    """Two products of one seller, published, at 10 and 5 euros."""
    token = sign_up(server, "lumiere")
    with calling(server, token) as seller:
        tell(seller, "PUT", "sell/profile", json=PROFILE)
        made = []
        for title, cents in (("Night Ferry", 1000), ("Late Drums", 500)):
            form = {"title": title, "type": "preset", "price_cents": cents}
            product_id = tell(seller, "POST", "marketplace/products", json=form)["id"]
            path = f"marketplace/products/{product_id}"
            tell(seller, "PUT", path, json={"status": "published"})
            made.append(product_id)
    return made


@pytest.mark.long
def test_what_is_bought_is_invoiced_and_given_back(server, products):
    with calling(server, sign_up(server, "jane")) as buyer:
        order = buy(buyer, products)
        path = f"marketplace/orders/{order['id']}"
        invoice = buyer.get(f"{path}/invoice")
        assert (invoice.status_code, invoice.content[:5]) == (200, b"%PDF-")

        given = {"reason": "Not as described", "item_ids": [order["items"][0]["id"]]}
        refund = tell(buyer, "POST", f"{path}/refund", json=given)
        assert (refund["message"], refund["amount_cents"]) == ("Refund initiated", 1000)
        wait_for(buyer, path, "partially_refunded")
        note = buyer.get(f"{path}/refunds/{refund['id']}/credit-note")
        assert (note.status_code, note.content[:5]) == (200, b"%PDF-")

        tell(buyer, "POST", f"{path}/refund", json={"reason": "The rest too"})
        wait_for(buyer, path, "refunded")
        assert buyer.get(f"{path}/invoice").content == invoice.content
        refunds = tell(buyer, "GET", f"{path}/refunds")["refunds"]
        assert [one["amount_cents"] for one in refunds] == [500, 1000]


def buy(buyer: httpx.Client, products: list[str]) -> dict:
    """Order one of each, and pay."""
    form = {
        "items": [{"product_id": product_id} for product_id in products],
        "billing": {"name": "Jane Doe", "address": "Hauptstraße 5\n10115 Berlin", "country": "DE"},
    }
    order = tell(buyer, "POST", "marketplace/orders", json=form)
    payment_id = order["payment"]["payment_id"]
    tell(buyer, "POST", f"sandbox/payments/{payment_id}/confirm", json={"outcome": "succeeded"})
    wait_for(buyer, f"marketplace/orders/{order['id']}", "paid")
    return order


def wait_for(buyer: httpx.Client, path: str, status: str) -> None:
    until(lambda: tell(buyer, "GET", path)["status"] == status, 60, lambda: f"Not {status}.")
