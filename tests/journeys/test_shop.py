"""From a product to money in the seller's hands, and back: all of it on one machine."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.journeys.served import Server, calling, sign_up, until

type Json = dict[str, Any]

SOUND = b"RIFF" + bytes(range(256)) * 1000


@pytest.fixture(scope="module")
def seller(server: Server) -> Iterator[httpx.Client]:
    with calling(server, sign_up(server, "pottery")) as client:
        yield client


@pytest.fixture(scope="module")
def buyer(server: Server) -> Iterator[httpx.Client]:
    with calling(server, sign_up(server, "collector")) as client:
        yield client


def ask(client: httpx.Client, method: str, path: str, status: int = 200, **options: Any) -> Json:
    answer = client.request(method, path, **options)
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def connect(seller: httpx.Client) -> None:
    """Tell the company that pays who one is: on its own page, as a person would."""
    url = ask(seller, "POST", "sell/connect/onboard")["onboarding_url"]
    page = httpx.get(url, verify=False)
    assert page.status_code == 200, page.text
    done = httpx.post(url, verify=False, follow_redirects=True)
    assert done.status_code == 200, done.text
    until(lambda: ask(seller, "GET", "sell/balance")["connected"], 60)


def publish(seller: httpx.Client, price_cents: int) -> str:
    product: Json = {
        "title": "Kiln Sessions",
        "description": "Twelve loops of fire.",
        "type": "sample_pack",
        "price_cents": price_cents,
        "currency": "EUR",
    }
    product_id = ask(seller, "POST", "marketplace/products", 201, json=product)["id"]
    path = f"marketplace/products/{product_id}"
    ask(seller, "POST", f"{path}/files", 201, files={"file": ("loops.wav", SOUND)})
    ask(seller, "PUT", path, json={"status": "published"})
    return product_id


def buy(buyer: httpx.Client, product_id: str) -> Json:
    """Order a product, and confirm the payment."""
    order = ask(
        buyer,
        "POST",
        "marketplace/orders",
        201,
        json={"items": [{"product_id": product_id, "quantity": 1}], "payment_method": "card"},
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert order["status"] == "pending"
    payment_id = order["payment"]["payment_id"]
    outcome = {"outcome": "succeeded"}
    ask(buyer, "POST", f"sandbox/payments/{payment_id}/confirm", 202, json=outcome)
    until(is_at(buyer, order["id"], "paid"), 60)
    return order


def is_at(buyer: httpx.Client, order_id: str, status: str) -> Callable[[], bool]:
    return lambda: ask(buyer, "GET", f"marketplace/orders/{order_id}")["status"] == status


def balance(seller: httpx.Client) -> tuple[int, int]:
    shown = ask(seller, "GET", "sell/balance")
    return shown["available"], shown["pending"]


def test_a_sale_is_heard_invoiced_paid_out_and_given_back(
    server: Server, seller: httpx.Client, buyer: httpx.Client
) -> None:
    order = buy(buyer, publish(seller, 2999))
    path = f"marketplace/orders/{order['id']}"
    assert balance(seller) == (0, 2699)

    [download] = ask(buyer, "GET", f"{path}/downloads")["downloads"]
    assert httpx.get(download["url"], verify=False).content == SOUND
    invoices = [buyer.get(f"{path}/invoice") for _ in range(2)]
    assert invoices[0].content.startswith(b"%PDF-")
    assert invoices[0].content == invoices[1].content

    connect(seller)
    until(lambda: balance(seller) == (2699, 0), 60)
    [transfer] = ask(seller, "GET", "sell/transfers")["transfers"]
    assert (transfer["amount_cents"], transfer["platform_fee_cents"]) == (2699, 300)
    assert transfer["status"] == "completed"

    ask(buyer, "POST", f"{path}/refund", json={"reason": "Not as described"})
    until(is_at(buyer, order["id"], "refunded"), 60)
    until(lambda: balance(seller) == (0, 0), 60)
    assert buyer.get(f"{path}/downloads").status_code == 409
    assert httpx.get(download["url"], verify=False).status_code == 404
    server.ensure_books_are_right()


def test_what_is_free_is_had_at_once(seller: httpx.Client, buyer: httpx.Client) -> None:
    items = [{"product_id": publish(seller, 0), "quantity": 1}]

    order = ask(buyer, "POST", "marketplace/orders", 201, json={"items": items})

    assert (order["status"], order["total_cents"]) == ("paid", 0)
    downloads = ask(buyer, "GET", f"marketplace/orders/{order['id']}/downloads")["downloads"]
    assert [(one["name"], one["size_bytes"]) for one in downloads] == [("loops.wav", len(SOUND))]


def test_a_failed_payment_can_be_tried_again(seller: httpx.Client, buyer: httpx.Client) -> None:
    items = [{"product_id": publish(seller, 500), "quantity": 1}]
    order = ask(buyer, "POST", "marketplace/orders", 201, json={"items": items})
    confirm = f"sandbox/payments/{order['payment']['payment_id']}/confirm"

    ask(buyer, "POST", confirm, 202, json={"outcome": "failed"})
    until(is_at(buyer, order["id"], "failed"), 60)
    assert buyer.get(f"marketplace/orders/{order['id']}/downloads").status_code == 409

    again = ask(buyer, "POST", "marketplace/orders", 201, json={"items": items})
    assert again["id"] != order["id"]
