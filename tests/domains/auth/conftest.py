"""A provider of identities for each module, connected to the application."""

from collections.abc import Iterator

import msgspec
import pytest
from litestar import Litestar

from tests.fakes.openid_provider import CLIENT_ID, CLIENT_SECRET, FakeOpenIdProvider
from tests.http.apps import replaced
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
