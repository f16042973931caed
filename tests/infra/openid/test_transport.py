"""Requests to a provider reach the issuer and public hosts, and no answer is taken without end."""

import httpx
import pytest

from tests.fakes.openid_provider import FakeOpenIdProvider, Misbehaviour
from veza.infra.foreign_http.transport import GuardedTransport, origin_of
from veza.infra.openid.client import OpenIdClient
from veza.infra.openid.errors import IdentityProviderAway
from veza.infra.openid.provider import AttemptSecrets, ClientRegistration

_SECRETS = AttemptSecrets("s" * 22, "n" * 22, "v" * 44)


async def test_addresses_that_documents_name_are_public_or_the_issuers() -> None:
    with FakeOpenIdProvider() as provider, FakeOpenIdProvider() as neighbour:
        trusted = {origin_of(provider.issuer)}
        transport = GuardedTransport(trusted, httpx.create_ssl_context())
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            assert (await client.get(f"{provider.issuer}/keys")).status_code == 200
            for url in (
                f"{neighbour.issuer}/keys",
                "https://127.0.0.1/keys",
                "https://[::1]/keys",
                "https://10.0.0.1/keys",
                "http://example.com/keys",
                "https://example.com:8443/keys",
                f"{provider.issuer.replace('127.0.0.1', 'localhost')}/keys",
            ):
                with pytest.raises(httpx.TransportError):
                    await client.get(url)
        assert neighbour.asked == {}


async def test_a_discovery_document_that_is_not_the_issuers_is_not_used() -> None:
    with FakeOpenIdProvider() as provider:
        for wrong in (
            {"issuer": f"{provider.issuer}/"},
            {"issuer": "https://elsewhere.example"},
            {"authorization_endpoint": "http://elsewhere.example/authorize"},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"authorization_endpoint": "http://[x"},
            {"end_session_endpoint": "http://elsewhere.example/logout"},
            {"token_endpoint": None},
            {"filler": "x" * 300_000},
        ):
            client = OpenIdClient(ClientRegistration(provider.issuer, "veza"))
            provider.wrong = Misbehaviour(discovery=wrong)
            with pytest.raises(IdentityProviderAway):
                await client.find_sign_in_url("https://veza.example/back", _SECRETS)
            provider.behave()
            asked = provider.asked["openid-configuration"]
            # Right again, but asked again only after a while.
            with pytest.raises(IdentityProviderAway):
                await client.find_sign_in_url("https://veza.example/back", _SECRETS)
            assert provider.asked["openid-configuration"] == asked
            assert client._metadata._failed_at is not None
            client._metadata._failed_at -= 6
            assert await client.find_sign_in_url("https://veza.example/back", _SECRETS)
            # An hour later the provider is away, which nobody notices until the next day.
            client._metadata._fetched_at -= 3700
            provider.wrong = Misbehaviour(discovery={"issuer": None})
            assert await client.find_sign_in_url("https://veza.example/back", _SECRETS)
            client._metadata._fetched_at -= 24 * 3600
            with pytest.raises(IdentityProviderAway):
                await client.find_sign_in_url("https://veza.example/back", _SECRETS)
