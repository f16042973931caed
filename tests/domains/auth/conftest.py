"""A provider of identities for each module, the sign-up mode, and clients.

Each client has an address of its own, so that failed logins of tests are independent.
"""

from collections.abc import AsyncIterator, Iterator

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.domains.auth.accounts.people import open_client
from tests.domains.auth.sign_up.settings_steps import SetMode
from tests.fakes.openid_provider import CLIENT_ID, CLIENT_SECRET, FakeOpenIdProvider
from tests.http.apps import replaced
from tests.make import Person
from veza.app.openid import create_identity_providers
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.auth.identities.models import ProviderRules
from veza.domains.auth.identities.service import ConnectedProvider, IdentityProviders
from veza.infra.openid.client import OpenIdClient
from veza.infra.openid.provider import ClientRegistration

# Long enough for a busy machine, but for the answer that never comes.
PATIENCE_S = 2.0


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeOpenIdProvider]:
    with FakeOpenIdProvider() as running:
        yield running


@pytest.fixture(scope="module")
def providers(
    app: Litestar, services: Services, provider: FakeOpenIdProvider
) -> Iterator[IdentityProviders]:
    """The provider twice: `open` creates accounts and gives roles, `closed` does neither."""
    registration = ClientRegistration(
        provider.issuer, CLIENT_ID, CLIENT_SECRET, groups_claim="groups"
    )
    client = OpenIdClient(registration, PATIENCE_S)
    roles = {"staff": Role.MODERATOR, "keepers": Role.ADMIN}
    generous = ProviderRules(
        id="open",
        name="Community",
        issuer=provider.issuer,
        creates_accounts=True,
        roles=roles,
        factor_amr=frozenset({"mfa"}),
        factor_acr=frozenset({"gold"}),
        signs_out=True,
    )
    closed = ProviderRules(id="closed", name="Office", issuer=provider.issuer)
    connected = {each.id: ConnectedProvider(each, client) for each in (generous, closed)}
    made = create_identity_providers(services)
    with replaced(app, msgspec.structs.replace(made, connected=connected)) as replacement:
        yield replacement


@pytest.fixture
async def set_mode(
    services: Services, client: httpx.AsyncClient, admin: Person
) -> AsyncIterator[SetMode]:
    """Change the mode as an admin: `await set_mode("closed")`."""

    async def change(mode: str) -> None:
        answer = await client.put("admin/sign-up", json={"mode": mode}, headers=admin.headers)
        assert answer.status_code == 200, answer.text

    yield change
    async with services.database.transaction(recorded=False) as tx:
        for table in ("sign_up_policy", "sign_up_requests", "mail_domains", "invitations"):
            await tx.run(f"delete from {table}")


@pytest.fixture
async def client(app: Litestar, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A program: it keeps no cookies."""
    async with open_client(services, app) as made:
        yield made
