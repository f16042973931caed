"""Register, sign in and refresh over HTTP, with or without a browser's cookies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
from litestar import Litestar

from tests.application import wrapped
from tests.documented import ensure_documented
from tests.support.addresses import BASE_URL, own_address
from tests.support.cheap_passwords import CheapPasswords
from veza.app.services import Services
from veza.core.ids import new_id

PASSWORD = "a long enough sentence"


@asynccontextmanager
async def open_client(
    services: Services, app: Litestar, *, address: str | None = None, is_browser: bool = False
) -> AsyncIterator[httpx.AsyncClient]:
    """A client from an address that nobody else has. Only a browser keeps its cookies."""
    transport = httpx.ASGITransport(
        app=wrapped(app, services.settings),
        raise_app_exceptions=False,
        client=(address or own_address(), 1234),
    )
    jar = CookieJar() if is_browser else CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    async with httpx.AsyncClient(
        transport=transport, base_url=f"{BASE_URL}/api/v1/", cookies=jar
    ) as made:
        made.event_hooks["response"].append(ensure_documented)
        yield made


def registration(**changes: Any) -> dict[str, Any]:
    """A registration that would be accepted."""
    name = f"p{new_id().hex[-12:]}"
    return {"username": name, "email": f"{name}@example.com", "password": PASSWORD} | changes


async def sign_up(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """Register somebody; give what they wished and what they got."""
    wished = registration(**changes)
    answer = await client.post("auth/register", json=wished)
    assert answer.status_code == 201, answer.text
    return wished | answer.json()["data"]


async def sign_in(client: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await client.post("auth/login", json={"email": email, "password": password})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def is_signed_in(client: httpx.AsyncClient, access_token: str) -> bool:
    """Tell whether an access token still opens anything."""
    answer = await client.get("users/me", headers=bearer(access_token))
    assert answer.status_code in {200, 401}, answer.text
    return answer.status_code == 200


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("auth/refresh", json={"refresh_token": token})


class CountedPasswords(CheapPasswords):
    """Hashing as in other tests, counted."""

    def __init__(self) -> None:
        super().__init__(threads=2)
        self.verified = 0

    def _verify(self, stored: str, password: str) -> bool:
        self.verified += 1
        return super()._verify(stored, password)
