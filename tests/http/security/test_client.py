"""Who is at the other end: proxies are believed only where they are ours."""

from ipaddress import ip_address, ip_network
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from litestar import get
from litestar.datastructures import Headers

from tests.http.apps import assemble, calling
from veza.app.services import Services
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, client_of
from veza.http.security.client import client_address, find_country

OURS = [ip_network("10.0.0.0/8"), ip_network("2001:db8:aa::/48"), ip_network("127.0.0.1")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        # A stranger may write what they like.
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", "10.0.0.1, 198.51.100.1", "203.0.113.9"),
        ("2001:db8:bb::1", "198.51.100.1", "2001:db8:bb::1"),
        # A proxy of ours is believed, and only as far as the next stranger.
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("10.0.0.1", "  198.51.100.1  ", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1,,", "198.51.100.1"),
        # IPv6, in any way of writing it.
        ("2001:db8:aa::1", "2001:db8:cc::7", "2001:db8:cc::7"),
        ("2001:DB8:AA:0::1", "2001:DB8:CC:0:0:0:0:7", "2001:db8:cc::7"),
        ("10.0.0.1", "fe80::1%eth0", "fe80::1"),
        # IPv4 in IPv6's clothes is the same address.
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:203.0.113.9", "198.51.100.1", "203.0.113.9"),
        # Garbage ends the walk: what stands left of it can't be trusted either.
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "nonsense, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:4711", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "'; drop table users", "10.0.0.1"),
        ("10.0.0.1", "999.1.1.1", "10.0.0.1"),
        # A socket file has no address.
        ("", "198.51.100.1", ""),
    ],
)
def test_the_address_is_the_first_from_the_right_that_is_no_proxy_of_ours(
    peer: str, forwarded: str, expected: str
) -> None:
    assert client_address(peer, forwarded, OURS) == expected


def test_of_a_long_header_only_the_end_is_read() -> None:
    assert client_address("10.0.0.1", "1.2.3.4," * 10_000 + "198.51.100.7", OURS) == "198.51.100.7"
    assert client_address("10.0.0.1", "203.0.113.5" + ",10.0.0.1" * 10_000, OURS) == "10.0.0.1"


def test_without_trusted_proxies_nobody_is_believed_not_even_this_machine() -> None:
    for peer in ("127.0.0.1", "::1", "10.0.0.1"):
        assert client_address(peer, "198.51.100.1", []) == peer


@settings(max_examples=100, deadline=None)
@given(some.text(max_size=60) | some.lists(some.ip_addresses().map(str)).map(", ".join))
def test_whatever_a_header_says_an_address_comes_out(forwarded: str) -> None:
    assert ip_address(client_address("10.0.0.1", forwarded, OURS))
    assert client_address("203.0.113.9", forwarded, OURS) == "203.0.113.9"


@get("/api/v1/who", credentials="ignored")
async def tell_who(request: AnyRequest) -> list[str]:
    client = client_of(request)
    return [client.address, client.device, context_of(request).base_url_of(request)]


async def _who(services: Services, peer: str, headers: Any, **changes: Any) -> list[str]:
    changed = msgspec.structs.replace(services.settings, **changes)
    app = assemble(services, changed, routes=[tell_who])[1]
    async with calling(app, peer=peer) as client:
        return (await client.get("who", headers=httpx.Headers(headers))).json()["data"]


async def test_several_headers_are_one_list(services: Services) -> None:
    headers = [("X-Forwarded-For", "192.0.2.66"), ("X-Forwarded-For", "198.51.100.1")]
    address, _, _ = await _who(services, "10.0.0.1", headers, trusted_proxies=["10.0.0.0/8"])

    assert address == "198.51.100.1"


async def test_by_default_the_header_means_nothing(services: Services) -> None:
    address, _, _ = await _who(services, "127.0.0.1", {"X-Forwarded-For": "198.51.100.1"})

    assert address == "127.0.0.1"


@pytest.mark.parametrize(
    ("peer", "header", "said", "expected"),
    [
        ("10.0.0.1", "CF-IPCountry", ["FI"], "FI"),
        ("10.0.0.1", "cf-ipcountry", [" fi "], "FI"),
        # What is no country: unknown, Tor, nothing, anything, and what a client may have added.
        *(("10.0.0.1", "CF-IPCountry", [each], None) for each in ("XX", "T1", "", "FIN", "É1")),
        ("10.0.0.1", "CF-IPCountry", [], None),
        ("10.0.0.1", "CF-IPCountry", ["FI", "SE"], None),
        # Strangers are not believed, and nobody is without the setting.
        ("203.0.113.9", "CF-IPCountry", ["FI"], None),
        ("", "CF-IPCountry", ["FI"], None),
        ("10.0.0.1", None, ["FI"], None),
    ],
)
def test_a_country_is_what_a_proxy_of_ours_tells(
    peer: str, header: str | None, said: list[str], expected: str | None
) -> None:
    headers = Headers([(b"cf-ipcountry", each.encode("latin-1")) for each in said])
    connection: Any = SimpleNamespace(client=SimpleNamespace(host=peer), headers=headers)
    assert find_country(connection, header, OURS) == expected


async def test_a_device_is_the_user_agent_cut_short(services: Services) -> None:
    _, device, _ = await _who(services, "127.0.0.1", {"User-Agent": "x" * 5000})

    assert device == "x" * 300


async def test_addresses_in_answers_begin_as_the_client_asked(services: Services) -> None:
    told = {"X-Forwarded-Proto": "https", "Host": "music.example.com"}

    _, _, base = await _who(services, "10.0.0.1", told)
    assert base == "http://music.example.com"
    _, _, base = await _who(services, "10.0.0.1", told, trusted_proxies=["10.0.0.0/8"])
    assert base == "https://music.example.com"
    _, _, base = await _who(services, "10.0.0.1", told, public_url="https://veza.example")
    assert base == "https://veza.example"
