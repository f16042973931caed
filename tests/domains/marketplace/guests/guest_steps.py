"""Buying without an account over HTTP, and the links in mails."""

import re
from typing import Any

import httpx

from tests.domains.auth.recovery.mails import read_mails, verification_tokens, verify
from veza.app.services import Services
from veza.core.ids import ProductId, new_id

_LINK = re.compile(r"/guest-orders/([\w-]{54})$", re.MULTILINE)
GUEST_ORDERS = "marketplace/guest-orders"


def address() -> str:
    """An address that nobody else has."""
    return f"g{new_id().hex[-12:]}@example.com"


def cart(email: str, *product_ids: ProductId, **more: Any) -> dict[str, Any]:
    return {"items": [{"product_id": str(each)} for each in product_ids], "email": email} | more


async def place(
    client: httpx.AsyncClient, form: dict[str, Any], key: str | None = None
) -> dict[str, Any]:
    """Place an order without credentials."""
    headers = {"Idempotency-Key": key} if key else {}
    answer = await client.post("marketplace/orders", json=form, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()["data"]


async def pay(client: httpx.AsyncClient, made: dict[str, Any], **changes: Any) -> httpx.Response:
    path = f"sandbox/payments/{made['payment']['payment_id']}/confirm"
    body = {"outcome": "succeeded", "token": made["token"]} | changes
    return await client.post(path, json=body)


def mail_texts(services: Services, email: str) -> list[str]:
    """Return the texts of the mails to an address, the oldest first."""
    bodies = [mail.get_body(("plain",)) for mail in read_mails(services, email)]
    return [body.get_content().replace("\r\n", "\n") for body in bodies if body is not None]


def links(services: Services, email: str) -> list[str]:
    """Return the tokens in the mails to an address, the oldest first."""
    return [token for text in mail_texts(services, email) for token in _LINK.findall(text)]


async def show(client: httpx.AsyncClient, token: str, *below: str) -> httpx.Response:
    return await client.get("/".join((GUEST_ORDERS, token, *below)))


async def verify_address(client: httpx.AsyncClient, services: Services, email: str) -> None:
    """Open the mailed link that verifies the address of an account."""
    answer = await verify(client, verification_tokens(services, email)[-1])
    assert answer.status_code == 200, answer.text
