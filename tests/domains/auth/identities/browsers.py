"""A browser that signs in at a provider, step by step."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from litestar import Litestar

from tests.domains.auth.accounts.people import open_client
from tests.fakes.openid_provider import FakeOpenIdProvider
from veza.app.services import Services
from veza.core.ids import new_id


def new_subject() -> str:
    return f"person-{new_id().hex}"


def told_by(answer: httpx.Response) -> dict[str, str]:
    """Read what a page is told in the fragment of its address."""
    assert answer.status_code == 302, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return dict(parse_qsl(urlsplit(answer.headers["location"]).fragment))


@dataclass
class ProviderBrowser:
    """A browser with cookies."""

    client: httpx.AsyncClient
    provider: FakeOpenIdProvider

    async def begin(self, provider_id: str = "open", **query: str) -> str:
        """Begin to sign in; return the address at the provider."""
        answer = await self.client.get(f"auth/openid/{provider_id}", params=query)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def sign_in(
        self, subject: str, provider_id: str = "open", **claims: Any
    ) -> httpx.Response:
        """Sign in at the provider and come back; return the redirect to a page."""
        url = await self.begin(provider_id)
        return await self.client.get(self.provider.sign_in(url, subject, **claims))

    async def account(self) -> dict[str, Any]:
        """Return the account that the browser's cookies open."""
        answer = await self.client.get("users/me")
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def csrf(self) -> dict[str, str]:
        answer = await self.client.get("csrf-token")
        return {"X-CSRF-Token": answer.json()["data"]["csrf_token"]}

    @property
    def is_signed_in(self) -> bool:
        return "veza_access" in self.client.cookies


@asynccontextmanager
async def open_browser(
    app: Litestar, services: Services, provider: FakeOpenIdProvider
) -> AsyncIterator[ProviderBrowser]:
    async with open_client(services, app, is_browser=True) as client:
        yield ProviderBrowser(client, provider)
