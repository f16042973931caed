"""The protocol of identity providers. Imports no client library: most servers use none."""

from typing import Protocol

from msgspec import Struct

from veza.core.provider_claims import ProviderClaims


class ClientRegistration(Struct, frozen=True):
    """This server as a client of a provider. Without a secret it is a public client.

    `groups_claim` names the claim with the groups of a person.
    """

    issuer: str
    client_id: str
    client_secret: str | None = None
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    groups_claim: str | None = None


class AttemptSecrets(Struct, frozen=True):
    """The secrets that bind the steps of a sign-in: `verifier` is that of PKCE (RFC 7636)."""

    state: str
    nonce: str
    verifier: str


class ProviderCode(Struct, frozen=True):
    """The parameters of a provider's callback: a code, and its issuer (RFC 9207)."""

    code: str
    redirect_url: str
    issuer: str | None = None


class IdentityProvider(Protocol):
    """A provider. Each call may raise IdentityProviderAway."""

    async def find_sign_in_url(self, redirect_url: str, secrets: AttemptSecrets) -> str:
        """Return where the browser goes to sign in. It comes back to `redirect_url`."""
        ...

    async def prove(self, answer: ProviderCode, secrets: AttemptSecrets) -> ProviderClaims:
        """Exchange a code, and return the verified claims. Raises IdentityNotProved."""
        ...

    async def find_sign_out_url(self, return_url: str) -> str | None:
        """Return where the browser goes to sign out there, if the provider has such a page."""
        ...
