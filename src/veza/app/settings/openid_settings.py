"""The settings about signing in: identity providers, and whether passwords open accounts."""

from collections import Counter
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from veza.app.settings.money_settings import MoneySettings
from veza.core.access import Role
from veza.core.errors import CannotStart

_NAME = "VEZA_OPENID_PROVIDERS"
_Word = Annotated[str, Meta(min_length=1, max_length=254)]


class ProviderSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """An OpenID provider, as an object in `VEZA_OPENID_PROVIDERS`."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,29}$(?!\n)")]
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    issuer: Annotated[str, Meta(pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$(?!\n)", max_length=500)]
    client_id: _Word
    client_secret: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None
    scopes: tuple[_Word, ...] = ("openid", "email", "profile")
    icon: (
        Annotated[
            str,
            Meta(
                pattern=r"^data:image/(png|svg\+xml|webp|jpeg);base64,[A-Za-z0-9+/]+={0,2}$(?!\n)",
                max_length=16_384,
            ),
        ]
        | None
    ) = None
    creates_accounts: bool = False
    groups_claim: _Word | None = None
    roles: dict[str, Role] = {}
    factor_amr: list[_Word] = []
    factor_acr: list[_Word] = []
    signs_out: bool = False


class OpenIdSettings(MoneySettings, Struct, frozen=True, kw_only=True):
    """Settings of signing in at providers, and those about money. A Struct has one parent only."""

    openid_providers: Annotated[
        str | None,
        Meta(
            description="OpenID providers at which members may sign in: a JSON list, see "
            "[sign-in.md](sign-in.md)."
        ),
    ] = None
    password_sign_in: Annotated[
        bool,
        Meta(
            description="Whether members sign in and sign up by password. `false` needs "
            "`VEZA_OPENID_PROVIDERS`."
        ),
    ] = True


def read_providers(text: str | None, *, is_production: bool) -> list[ProviderSetting]:
    """Return the providers of the setting. Raises CannotStart, whose text contains no secret."""
    if text is None:
        return []
    try:
        found = msgspec.json.decode(text, type=list[ProviderSetting])
    except msgspec.DecodeError as error:
        raise CannotStart(f"{_NAME} can't be used: {error}. It is a JSON list.") from None
    for each in found:
        if problem := _find_problem(each, is_production=is_production):
            raise CannotStart(f"{_NAME} can't be used: {each.id!r} {problem}")
    for field in ("id", "issuer"):
        count = Counter(getattr(each, field) for each in found)
        if twice := [value for value, times in count.items() if times > 1]:
            raise CannotStart(f"{_NAME} can't be used: the {field} {twice[0]!r} is there twice.")
    return found


def ensure_sign_in(settings: OpenIdSettings, *, is_production: bool, has_public_url: bool) -> None:
    """Raise CannotStart if the settings of signing in contradict each other."""
    providers = read_providers(settings.openid_providers, is_production=is_production)
    if not providers and not settings.password_sign_in:
        raise CannotStart(
            f"VEZA_PASSWORD_SIGN_IN=false needs a provider in {_NAME}: nobody could sign in."
        )
    if providers and is_production and not has_public_url:
        raise CannotStart(
            f"{_NAME} needs VEZA_PUBLIC_URL: providers send browsers back to that address only."
        )


def _find_problem(provider: ProviderSetting, *, is_production: bool) -> str | None:
    """Return what is wrong with a provider, after its id."""
    if "openid" not in provider.scopes:
        return "needs the scope `openid`."
    if any(" " in scope for scope in provider.scopes):
        return "has a scope with a space: list each scope by itself."
    if bool(provider.roles) != (provider.groups_claim is not None):
        return "needs both `groups_claim` and `roles`, or none of them."
    parts = urlsplit(provider.issuer)
    if is_production and parts.scheme != "https" and not _is_this_machine(parts.hostname or ""):
        return "has an issuer without HTTPS, which is allowed on this machine only."
    return None


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
