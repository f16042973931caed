"""Validation of form values over HTTP."""

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.domains.auth.accounts.people import registration, sign_up

type Json = dict[str, Any]

# What registering is asked for in its own tests, and a little more.
_TEXTS = [
    *("", "ab", "abc", "a" * 30, "a" * 31, "a b", "a.b", "é" * 5, "abc\n", "a\0bc", "a@b"),
    *("ａｂｃ", "john@example.com", "john@example", "john@@example.com", "@example.com"),
    *("j@e.c", "j@e.c.", "a@b.c\n", " a@b.c", "jöhn@exämple.de", "x" * 245 + "@ex.com"),
    *("x" * 250 + "@ex.com", "password", "PASSWORD", "12345678", "short", "qwertyuiop"),
    *("long enough, this one", "🔑" * 8, "🔑" * 7, "x" * 128, "x" * 129, " " * 8),
]


async def _ask(client: httpx.AsyncClient, kind: str, value: str) -> Json:
    answer = await client.post("validate", json={"type": kind, "value": value})
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert set(data) == {"valid", "errors"}
    assert data["valid"] is (data["errors"] == [])
    assert all(isinstance(error, str) and error for error in data["errors"])
    return data


@pytest.mark.parametrize("field", ["username", "email", "password"])
@pytest.mark.parametrize("text", _TEXTS, ids=ascii)
async def test_registering_has_the_same_rules(
    client: httpx.AsyncClient, field: str, text: str
) -> None:
    data = await _ask(client, field, text)

    answer = await client.post("auth/register", json=registration(**{field: text}))
    assert answer.status_code in ({201, 409} if data["valid"] else {400}), answer.text


async def test_a_taken_value_is_valid(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)

    for field in ("username", "email"):
        assert await _ask(client, field, someone[field]) == {"valid": True, "errors": []}


@pytest.mark.parametrize(
    ("kind", "value", "valid"),
    [
        ("isrc", "US-RC1-76-07839", True),
        ("isrc", "US-RC1-76-0783", False),
        ("upc", "036000291452", True),
        ("upc", "4006381333931", True),
        ("upc", "036000291453", False),
    ],
)
async def test_numbers_of_recordings_and_releases(
    client: httpx.AsyncClient, kind: str, value: str, valid: bool
) -> None:
    assert (await _ask(client, kind, value))["valid"] is valid


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["type"]),
        ({"type": "email"}, ["value"]),
        ({"value": "x"}, ["type"]),
        ({"type": "phone", "value": "x"}, ["type"]),
        ({"type": "EMAIL", "value": "x"}, ["type"]),
        ({"type": None, "value": "x"}, ["type"]),
        ({"type": ["email"], "value": "x"}, ["type"]),
        ({"type": "email", "value": None}, ["value"]),
        ({"type": "upc", "value": 36000291452}, ["value"]),
        ({"type": "email", "value": ["x"]}, ["value"]),
        ({"type": "email", "value": "x" * 1025}, ["value"]),
        ([], [""]),
        ("email", [""]),
        (None, ["data"]),
    ],
    ids=repr,
)
async def test_an_invalid_request_is_400(
    client: httpx.AsyncClient, body: Any, fields: Sequence[str]
) -> None:
    answer = await client.post("validate", json=body)

    assert answer.status_code == 400, answer.text
    assert [fault["field"] for fault in answer.json()["details"]] == fields


async def test_a_browser_that_is_signed_in_needs_no_csrf_token(browser: httpx.AsyncClient) -> None:
    await sign_up(browser)
    assert browser.cookies

    assert (await _ask(browser, "username", "abc"))["valid"]


async def test_a_bad_token_is_401(client: httpx.AsyncClient) -> None:
    body = {"type": "username", "value": "abc"}
    answer = await client.post("validate", json=body, headers={"Authorization": "Bearer bad"})

    assert answer.status_code == 401


async def test_a_form_is_415(client: httpx.AsyncClient) -> None:
    assert (await client.post("validate", data={"type": "email"})).status_code == 415


@pytest.mark.parametrize("kind", ["email", "username", "password", "isrc", "upc"])
async def test_a_long_text_is_validated_quickly(client: httpx.AsyncClient, kind: str) -> None:
    # Patterns that could be tried in many ways would never end with these.
    for value in ("a." * 512, "@" * 1024, "a@" + "a." * 500 + "@", "A" * 1024, "-" * 1024):
        assert (await _ask(client, kind, value))["valid"] is False
