"""Connect the identity providers of the settings."""

from functools import partial

from veza.app.services import Services
from veza.app.settings.openid_settings import ProviderSetting, read_providers
from veza.core.sign_up_mode import SignUpMode
from veza.domains.auth.identities.models import ProviderRules
from veza.domains.auth.identities.service import ConnectedProvider, IdentityProviders
from veza.domains.auth.sign_up.service.registration import SignUpContext, find_mode
from veza.infra.openid.provider import ClientRegistration, IdentityProvider
from veza.infra.postgres.database import Conn
from veza.infra.storage.disk_reserve import DiskReserve


def create_identity_providers(services: Services) -> IdentityProviders:
    """Return the providers of the settings. They are called when somebody signs in."""
    settings = services.settings
    found = read_providers(settings.openid_providers, is_production=settings.is_production)
    return IdentityProviders(
        connected={
            each.id: ConnectedProvider(_rules_of(each), _create_client(each)) for each in found
        },
        keys=services.keys,
        is_sign_up_open=partial(_is_sign_up_open, services.sign_up, services.disk),
        front_end=(settings.app_url or "").rstrip("/"),
        passwords_open=settings.password_sign_in,
    )


async def _is_sign_up_open(context: SignUpContext, disk: DiskReserve, conn: Conn) -> bool:
    """Raises DiskReserveReached: signing in goes on then, but nobody new is stored."""
    disk.ensure_room()
    return await find_mode(conn, context) is SignUpMode.OPEN


def _rules_of(setting: ProviderSetting) -> ProviderRules:
    return ProviderRules(
        id=setting.id,
        name=setting.name,
        issuer=setting.issuer,
        icon=setting.icon,
        creates_accounts=setting.creates_accounts,
        roles=setting.roles,
        factor_amr=frozenset(setting.factor_amr),
        factor_acr=frozenset(setting.factor_acr),
        signs_out=setting.signs_out,
    )


def _create_client(setting: ProviderSetting) -> IdentityProvider:
    # Imported where a provider is configured: most servers have none, and it takes 20 MB.
    from veza.infra.openid.client import OpenIdClient  # noqa: PLC0415

    return OpenIdClient(
        ClientRegistration(
            issuer=setting.issuer,
            client_id=setting.client_id,
            client_secret=setting.client_secret,
            scopes=setting.scopes,
            groups_claim=setting.groups_claim,
        )
    )
