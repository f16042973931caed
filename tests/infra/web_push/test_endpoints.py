"""Endpoints are public hosts: what a browser sends can't reach into the server's own network."""

import socket

import pytest

from veza.core.addresses import is_public, parse_address
from veza.infra.web_push.endpoints import PrivateEndpoint, PushEndpoint, read_endpoint, resolve


@pytest.mark.parametrize(
    "url",
    [
        "http://push.example/a",
        "ftp://push.example/a",
        "https://",
        "https:///a",
        "https://push.example:8443/a",
        "https://push.example:22/a",
        "https://push.example:nine/a",
        "https://user@push.example/a",
        "https://user:secret@push.example/a",
        "https://push.example/a\r\nx: y",
        "https://push.example/a b",
        "https://push.exämple/a",
        "https://push.example/" + "a" * 1000,
        "https://127.0.0.1/a",
        "https://10.1.2.3/a",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a",
        "https://[::ffff:10.1.2.3]/a",
        "https://[64:ff9b::10.1.2.3]/a",
        "https://[fe80::1%eth0]/a",
        "https://[::1/a",
        "//push.example/a",
        "push.example/a",
        "",
    ],
)
def test_what_is_no_public_https_address_is_refused(url: str):
    with pytest.raises(PrivateEndpoint):
        read_endpoint(url)


def test_a_public_address_is_accepted_and_a_trusted_one_too():
    assert read_endpoint("https://fcm.googleapis.com/fcm/send/abc:def") == PushEndpoint(
        "fcm.googleapis.com", 443, is_trusted=False
    )
    assert read_endpoint("https://93.184.215.14:443/a").host == "93.184.215.14"
    trusted = {"http://push.lan:8080", "http://push.lan"}
    assert read_endpoint("http://push.lan:8080/a", trusted) == PushEndpoint(
        "push.lan", 8080, is_trusted=True
    )
    assert read_endpoint("http://push.lan/a", trusted).port == 80
    for other in ("http://push.lan:9090/a", "http://push.lan@10.0.0.1/a", "http://push.lan.evil/a"):
        with pytest.raises(PrivateEndpoint):
            read_endpoint(other, trusted)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:8.8.8.8", True),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
        ("2001:0:a00:1::1", False),
        ("fc00::1", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
    ],
)
def test_public_is_what_the_internet_reaches(text: str, expected: bool):
    address = parse_address(text)
    assert address is not None
    assert is_public(address) is expected


def _answering(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Resolve every name to these addresses."""

    def look_up(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        families = [socket.AF_INET6 if ":" in text else socket.AF_INET for text in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (text, port))
            for family, text in zip(families, addresses, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


async def test_a_name_that_leads_inside_is_refused_even_if_only_sometimes(
    monkeypatch: pytest.MonkeyPatch,
):
    endpoint = read_endpoint("https://rebound.example/a")
    for addresses in (["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["2606:4700::1", "::1"]):
        _answering(monkeypatch, *addresses)
        with pytest.raises(PrivateEndpoint):
            await resolve(endpoint)

    _answering(monkeypatch, "2606:4700::1", "8.8.8.8", "8.8.8.8")
    assert await resolve(endpoint) == ["8.8.8.8", "2606:4700::1"]
    _answering(monkeypatch, *(f"8.8.8.{n}" for n in range(50)))
    assert len(await resolve(endpoint)) == 4
