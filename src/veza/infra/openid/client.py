"""A client of one identity provider: authorization code with PKCE (RFC 6749 and 7636).

Imported only where a provider is configured: it imports httpx. Answers are bounded in size and
time, and errors are logged with our words, never with those of the provider.
"""

import asyncio
import base64
import hashlib
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx
import msgspec
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from veza.core.foreign_json import decode_json
from veza.core.provider_claims import ProviderClaims
from veza.infra.foreign_http.transport import GuardedTransport, origin_of
from veza.infra.openid.claims import lacks_any, read_claims
from veza.infra.openid.errors import IdentityNotProved, IdentityProviderAway
from veza.infra.openid.id_tokens import ExpectedToken, UnknownKey, UntrustedToken, verify
from veza.infra.openid.kept_document import KeptDocument
from veza.infra.openid.provider import AttemptSecrets, ClientRegistration, ProviderCode

log = structlog.get_logger()

TIMEOUT_S = 10.0


class _Metadata(Struct, frozen=True):
    """The discovery document (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(Struct, frozen=True):
    """The answer of the token endpoint: the access token is only for the userinfo endpoint."""

    id_token: str
    access_token: str | None = None


class OpenIdClient:
    """Implements IdentityProvider. `timeout_s` bounds all requests of one call together."""

    def __init__(self, registration: ClientRegistration, timeout_s: float = TIMEOUT_S) -> None:
        self._registration = registration
        self._timeout_s = timeout_s
        self._tls: ssl.SSLContext | None = None
        self._metadata = KeptDocument(self._fetch_metadata)
        self._keys = KeptDocument(self._fetch_keys)

    async def find_sign_in_url(self, redirect_url: str, secrets: AttemptSecrets) -> str:
        """Return where the browser goes to sign in. Raises IdentityProviderAway."""
        async with self._limited():
            metadata = await self._metadata.get()
        digest = hashlib.sha256(secrets.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._registration.client_id,
            "redirect_uri": redirect_url,
            "scope": " ".join(self._registration.scopes),
            "state": secrets.state,
            "nonce": secrets.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return _add_query(metadata.authorization_endpoint, query)

    async def prove(self, answer: ProviderCode, secrets: AttemptSecrets) -> ProviderClaims:
        """Exchange a code, and return the verified claims.

        Raises IdentityNotProved and IdentityProviderAway.
        """
        async with self._limited():
            metadata = await self._metadata.get()
            self._ensure_issuer(metadata, answer.issuer)
            tokens = await self._exchange(metadata, answer, secrets.verifier)
            found = await self._verify(tokens.id_token, secrets.nonce)
            if lacks_any(found, self._registration.groups_claim):
                found = await self._add_userinfo(metadata, tokens, found)
            return read_claims(found, self._registration.groups_claim)

    async def find_sign_out_url(self, return_url: str) -> str | None:
        """Return where the browser goes to sign out there, if the provider has such a page.

        Without the ID token as a hint, since no token is kept: the provider asks the person.
        """
        async with self._limited():
            endpoint = (await self._metadata.get()).end_session_endpoint
        if endpoint is None:
            return None
        query = {
            "client_id": self._registration.client_id,
            "post_logout_redirect_uri": return_url,
        }
        return _add_query(endpoint, query)

    @asynccontextmanager
    async def _limited(self) -> AsyncGenerator[None]:
        """Bound the time, and translate what can go wrong."""
        try:
            async with asyncio.timeout(self._timeout_s):
                yield
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise self._away(type(error).__name__) from error
        except UntrustedToken as error:
            raise self._not_proved(str(error)) from error

    def _open(self) -> httpx.AsyncClient:
        self._tls = self._tls or httpx.create_ssl_context()
        return httpx.AsyncClient(
            transport=GuardedTransport({origin_of(self._registration.issuer)}, self._tls),
            follow_redirects=False,
            trust_env=False,
            timeout=self._timeout_s,
        )

    def _ensure_issuer(self, metadata: _Metadata, given: str | None) -> None:
        """Raise IdentityNotProved if the code came from another provider (RFC 9207)."""
        is_missing = given is None and metadata.authorization_response_iss_parameter_supported
        if is_missing or given not in {None, metadata.issuer}:
            raise self._not_proved("the answer is of another issuer")

    async def _exchange(self, metadata: _Metadata, answer: ProviderCode, verifier: str) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": answer.code,
            "redirect_uri": answer.redirect_url,
            "code_verifier": verifier,
        }
        headers = {"accept": "application/json"} | self._authenticate(metadata, form)
        async with self._open() as client:
            found = await client.post(metadata.token_endpoint, data=form, headers=headers)
        if found.is_server_error or found.is_redirect:
            raise self._away(f"status {found.status_code} of the token endpoint")
        if found.status_code != HTTPStatus.OK:
            raise self._not_proved("the token endpoint refused the code")
        try:
            return decode_json(found.content, _Tokens)
        except msgspec.DecodeError as error:
            raise self._not_proved("the token endpoint answered no tokens") from error

    def _authenticate(self, metadata: _Metadata, form: dict[str, str]) -> dict[str, str]:
        """Add what authenticates this server to a form, or return it as headers."""
        client_id = self._registration.client_id
        secret = self._registration.client_secret
        if secret is not None and "client_secret_post" not in (
            metadata.token_endpoint_auth_methods_supported
        ):
            # Encoded first, as section 2.3.1 of RFC 6749 has it.
            pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
            return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        form["client_id"] = client_id
        if secret is not None:
            form["client_secret"] = secret
        return {}

    async def _verify(self, token: str, nonce: str) -> dict[str, Any]:
        registration = self._registration
        expected = ExpectedToken(registration.issuer, registration.client_id, nonce)
        try:
            return verify(token, await self._keys.get(), expected)
        except UnknownKey:
            return verify(token, await self._keys.renew(), expected)

    async def _add_userinfo(
        self, metadata: _Metadata, tokens: _Tokens, found: dict[str, Any]
    ) -> dict[str, Any]:
        """Add the claims of the userinfo endpoint, if they are about the same person."""
        if metadata.userinfo_endpoint is None or tokens.access_token is None:
            return found
        headers = {"authorization": f"Bearer {tokens.access_token}"}
        body = await self._get(metadata.userinfo_endpoint, headers)
        try:
            more = decode_json(body, dict[str, Any])
        except msgspec.DecodeError as error:
            raise self._not_proved("userinfo is no JSON object") from error
        if more.get("sub") != found["sub"]:
            raise self._not_proved("userinfo is about another person")
        # What is signed counts first.
        return more | found

    async def _fetch_metadata(self) -> _Metadata:
        issuer = self._registration.issuer
        body = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", {})
        try:
            metadata = decode_json(body, _Metadata)
        except msgspec.DecodeError as error:
            raise self._away(f"discovery: {error}") from error
        if metadata.issuer != issuer:
            raise self._away("discovery: it names another issuer")
        for url in (metadata.authorization_endpoint, metadata.end_session_endpoint or issuer):
            if not url.startswith("https://") and origin_of(url) != origin_of(issuer):
                raise self._away("discovery: an endpoint has no HTTPS")
        return metadata

    async def _fetch_keys(self) -> KeySet:
        body = await self._get((await self._metadata.get()).jwks_uri, {})
        try:
            return KeySet.import_key_set(decode_json(body))
        except (msgspec.DecodeError, JoseError, ValueError, TypeError, KeyError) as error:
            raise self._away("its keys can't be read") from error

    async def _get(self, url: str, headers: dict[str, str]) -> bytes:
        try:
            async with self._open() as client:
                answer = await client.get(url, headers={"accept": "application/json"} | headers)
        except httpx.HTTPError as error:
            raise self._away(type(error).__name__) from error
        if answer.status_code != HTTPStatus.OK:
            raise self._away(f"status {answer.status_code}")
        return answer.content

    def _away(self, reason: str) -> IdentityProviderAway:
        log.warning("identity_provider_away", issuer=self._registration.issuer, reason=reason)
        return IdentityProviderAway()

    def _not_proved(self, reason: str) -> IdentityNotProved:
        log.warning("identity_not_proved", issuer=self._registration.issuer, reason=reason)
        return IdentityNotProved()


def _add_query(url: str, query: dict[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
