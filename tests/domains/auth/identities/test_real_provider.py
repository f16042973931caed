"""Sign in at a provider that others wrote, over real HTTP, as a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.domains.auth.accounts.people import open_client
from tests.domains.auth.identities.browsers import new_subject, told_by
from tests.http.apps import replaced
from tests.journeys.served import free_port, until
from veza.app.openid import create_identity_providers
from veza.app.services import Services

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen([*command, "true"], stdout=quiet, stderr=quiet) as process:
        url = f"http://127.0.0.1:{port}"

        def is_ready() -> bool:
            try:
                return httpx.get(f"{url}/.well-known/openid-configuration").is_success
            except httpx.TransportError:
                return False

        until(is_ready, 60, lambda: f"The provider ended: {process.poll()}")
        yield url
        process.terminate()


async def test_members_sign_in_at_a_provider_that_others_wrote(
    app: Litestar, services: Services, issuer: str
) -> None:
    provider = {"id": "theirs", "name": "Theirs", "issuer": issuer, "client_id": "veza"}
    # This one takes any secret, by the header alone.
    provider |= {"client_secret": "100% + a colon: and a space", "creates_accounts": True}
    text = msgspec.json.encode([provider]).decode()
    settings = msgspec.structs.replace(services.settings, openid_providers=text)
    changed = msgspec.structs.replace(services, settings=settings)
    providers = create_identity_providers(changed)
    subject = new_subject()
    claims = {"email": f"{subject}@example.com", "email_verified": True, "nickname": "ferry"}
    with replaced(app, providers):
        async with (
            httpx.AsyncClient() as there,
            open_client(services, app, is_browser=True) as browser,
        ):
            stored = await there.put(f"{issuer}/users/{quote(subject)}", json=claims)
            assert stored.status_code == 204, stored.text
            for _ in range(2):
                begun = await browser.get("auth/openid/theirs")
                agreed = await there.post(begun.headers["location"], data={"sub": subject})
                answer = await browser.get(agreed.headers["location"])
                assert told_by(answer)["openid"] == "done"
                account = (await browser.get("users/me")).json()["data"]
                assert account["username"].startswith("ferry")
                assert (account["email"], account["email_verified"]) == (claims["email"], True)
