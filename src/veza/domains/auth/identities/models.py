"""Rules of the providers, attempts to sign in there, and the identities proved by them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.access import Role
from veza.core.ids import IdentityId, SessionId, UserId
from veza.core.provider_claims import ProviderClaims


class ProviderRules(Struct, frozen=True):
    """An identity provider, and what its claims count for here.

    `roles` are roles by group. A sign-in there counts as one with a second factor if its `amr` has
    any of `factor_amr`, or its `acr` is one of `factor_acr`.
    """

    id: str
    name: str
    issuer: str
    icon: str | None = None
    creates_accounts: bool = False
    roles: Mapping[str, Role] = {}
    factor_amr: frozenset[str] = frozenset()
    factor_acr: frozenset[str] = frozenset()
    signs_out: bool = False


class ProviderSummary(Struct, frozen=True):
    """An identity provider, as everybody sees it."""

    id: Annotated[str, Meta(examples=["community"])]
    name: Annotated[str, Meta(examples=["Community account"])]
    icon: Annotated[str | None, Meta(description="A picture as a `data:` address.")]
    creates_accounts: Annotated[bool, Meta(description="A first sign-in creates an account.")]


class SignInWays(Struct, frozen=True):
    """The ways to sign in: at identity providers, and by e-mail address with a password."""

    email_sign_in: bool
    providers: list[ProviderSummary]


class SignInPage(Struct, frozen=True):
    """The address at the provider that the browser opens next."""

    url: str


class LinkedIdentity(Struct, frozen=True):
    """An identity of a member. `provider` is null if it is not configured any more."""

    id: IdentityId
    provider: str | None
    name: str
    label: Annotated[str, Meta(description="Who the member is there, as the provider named them.")]
    created_at: datetime
    last_used_at: datetime
    may_unlink: Annotated[bool, Meta(description="There is another way to sign in.")]


class IdentityList(Struct, frozen=True):
    """The identities of a member."""

    identities: list[LinkedIdentity]


class StoredIdentity(Struct, frozen=True):
    """A row of `identities`. `created_account`: the account exists because of it."""

    id: IdentityId
    user_id: UserId
    issuer: str
    subject: str
    label: str
    created_account: bool
    created_at: datetime
    last_used_at: datetime


class AttemptStart(Struct, frozen=True):
    """A browser that begins to sign in, or to link an identity to the member of a session."""

    base_url: str
    network: str
    next_path: str = "/"
    session_id: SessionId | None = None


class BegunAttempt(Struct, frozen=True):
    """An address at the provider, and the secret that the browser keeps in a cookie."""

    url: str
    token: str


class ProviderAnswer(Struct, frozen=True):
    """The parameters of a callback, with the cookie of the browser. Not trusted."""

    provider_id: str
    base_url: str
    token: str | None = None
    state: str | None = None
    code: str | None = None
    error: str | None = None
    issuer: str | None = None


class NewAttempt(Struct, frozen=True):
    """A row of `openid_attempts`."""

    token_hash: bytes
    provider: str
    network: str
    session_id: SessionId | None
    next_path: str


class OpenAttempt(Struct, frozen=True):
    """An attempt that came back: with a session, it links an identity to the member of that."""

    session_id: SessionId | None
    next_path: str


class WaysIn(Struct, frozen=True):
    """The ways in which a member can sign in: identities only at providers of the settings."""

    has_password: bool
    identities: int
    passkeys: int


class ProvedIdentity(Struct, frozen=True):
    """Verified claims, with the rules of their provider."""

    provider: ProviderRules
    claims: ProviderClaims
