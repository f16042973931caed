"""Registration."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.domains.auth.accounts.people import bearer, registration, sign_in, sign_up
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.auth.accounts.queries import find_user_by_email


async def test_who_registers_is_signed_in(client: httpx.AsyncClient) -> None:
    wished = registration()
    answer = await client.post("auth/register", json=wished)

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    data = answer.json()["data"]
    assert set(data) == {"access_token", "refresh_token", "expires_in", "user"}
    assert data["expires_in"] == 3600
    assert data["user"] == {
        "id": data["user"]["id"],
        "username": wished["username"],
        "email": wished["email"],
    }
    assert UUID(data["user"]["id"]).version == 7
    me = await client.get("users/me", headers=bearer(data["access_token"]))
    assert me.json()["data"]["username"] == wished["username"]
    assert me.json()["data"]["role"] == "user"


async def test_a_taken_name_is_409_in_whatever_case(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    for name in (someone["username"], someone["username"].upper()):
        answer = await client.post("auth/register", json=registration(username=name))

        assert answer.status_code == 409
        assert answer.json()["code"] == "username_taken"


async def test_a_taken_address_is_409_in_whatever_case(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    for email in (someone["email"], someone["email"].upper()):
        answer = await client.post("auth/register", json=registration(email=email))

        assert answer.status_code == 409
        assert answer.json()["code"] == "email_taken"


async def test_of_two_concurrent_registrations_one_wins(client: httpx.AsyncClient) -> None:
    name = registration()["username"]
    wishes = [registration(username=name if n % 2 else name.upper()) for n in range(4)]
    answers = await asyncio.gather(*(client.post("auth/register", json=w) for w in wishes))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


BAD_NAMES = ["", "ab", "a" * 31, "a b", "a.b", "é" * 5, "abc\n", "\nabc", "abc\0", "a@b", "ａｂｃ"]


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_a_bad_name_is_400(client: httpx.AsyncClient, name: str) -> None:
    await _ensure_refused(client, registration(username=name), "username")


BAD_ADDRESSES = [
    "",
    "a",
    "a@b",
    "@example.com",
    "a@",
    "a@example.",
    "a@@example.com",
    "a b@example.com",
    "a@exam ple.com",
    "a@example.com\n",
    "\na@example.com",
    "a\0@example.com",
    "a@example.com\0",
    "a\x1f@example.com",
    "a" * 251 + "@b.c",
    # Literals, and numbers that a mail server may take for one.
    "a@[127.0.0.1]",
    "a@[IPv6:::1]",
    "a@[IPv6:fe80::1.example]",
    "a@127.0.0.1",
    "a@[127.0.0.1].example",
    "a@example.[com]",
    "a@x.123",
    "a@example..com",
    "a@.example.com",
    # Whose normalised form is another address: it could be taken for that.
    "\u212aelvin@example.com",
    "\u0130@example.com",
    "GR\u00d6BER@example.com",
    "gro\u0308ber@example.com",
    "o\ufb03ce@example.com",
    "a@\uff45xample.com",
]


@pytest.mark.parametrize("email", BAD_ADDRESSES)
async def test_a_bad_address_is_400(client: httpx.AsyncClient, email: str) -> None:
    await _ensure_refused(client, registration(email=email), "email")


@pytest.mark.parametrize("name", ["xyz", "Z" * 30, "x-y_z", "---", "___", "123"])
async def test_a_plain_name_is_taken(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post("auth/register", json=registration(username=name))

    assert answer.status_code == 201


@pytest.mark.parametrize(
    "local", ["a+tag", "o'brien", "gröber", "Größer", "straße", "a.b.c", "x" * 200]
)
async def test_a_plain_address_is_taken(client: httpx.AsyncClient, local: str) -> None:
    answer = await client.post(
        "auth/register", json=registration(email=f"{local}@mail.example.com")
    )

    assert answer.status_code == 201


@pytest.mark.parametrize("password", ["", "short7!", "x" * 129, "é" * 7])
async def test_a_password_has_8_to_128_characters(client: httpx.AsyncClient, password: str) -> None:
    await _ensure_refused(client, registration(password=password), "password")


@pytest.mark.parametrize(
    "password", ["eight ch", "x" * 128, "🎵" * 8, "🎵" * 128, "        ", "\t\n\x7f\x01 \0 mixed"]
)
async def test_any_characters_make_a_password(client: httpx.AsyncClient, password: str) -> None:
    someone = await sign_up(client, password=password)

    assert (await sign_in(client, someone["email"], password)).status_code == 200
    assert (await sign_in(client, someone["email"], password.strip() + "?")).status_code == 401


@pytest.mark.parametrize("password", ["password", "PASSWORD", "12345678", "iloveyou", "Qwertyuiop"])
async def test_a_common_password_is_400(client: httpx.AsyncClient, password: str) -> None:
    refused = await _ensure_refused(client, registration(password=password), "password")

    assert refused["code"] == "weak_password"


async def test_a_password_may_not_contain_the_name_or_the_address(
    client: httpx.AsyncClient,
) -> None:
    wished = registration(username="Melody-Maker", email="tune.smith@example.com")
    for password in (
        "my melody-maker 7",
        "MELODY-MAKER!",
        "tune.smith rocks",
        "x TUNE.SMITH@EXAMPLE.COM x",
    ):
        refused = await _ensure_refused(client, wished | {"password": password}, "password")

        assert refused["code"] == "weak_password"


async def test_a_password_is_compared_exactly(client: httpx.AsyncClient) -> None:
    # Both look the same: composed, and with a combining accent.
    composed, combining = "caf\u00e9 au lait", "cafe\u0301 au lait"
    someone = await sign_up(client, password=composed)

    assert (await sign_in(client, someone["email"], composed)).status_code == 200
    for other in (combining, composed.upper(), f" {composed}", f"{composed} "):
        assert (await sign_in(client, someone["email"], other)).status_code == 401


async def test_nobody_registers_as_an_admin(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client, role="admin", id=str(UUID(int=1)), is_admin=True)

    me = await client.get("users/me", headers=bearer(someone["access_token"]))
    assert me.json()["data"]["role"] == "user"
    assert me.json()["data"]["id"] != str(UUID(int=1))


async def test_a_password_is_stored_as_argon2id_alone(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client, password="a secret of mine")
    async with services.database.read() as conn:
        stored = await find_user_by_email(conn, someone["email"])

    assert stored is not None
    assert stored.role is Role.USER
    # How much it costs is held in `test_login_work.py`.
    assert stored.password_hash.startswith("$argon2id$v=19$")
    assert "a secret of mine" not in stored.password_hash


async def test_a_refused_registration_creates_no_account(client: httpx.AsyncClient) -> None:
    taken = await sign_up(client)
    wished = registration(username=taken["username"])
    assert (await client.post("auth/register", json=wished)).status_code == 409

    assert (
        await client.post("auth/register", json=registration(email=wished["email"]))
    ).status_code == 201


async def _ensure_refused(
    client: httpx.AsyncClient, wished: dict[str, Any], field: str
) -> dict[str, Any]:
    answer = await client.post("auth/register", json=wished)

    assert answer.status_code == 400, answer.text
    (fault,) = answer.json()["details"]
    assert fault["field"] == field
    return answer.json()
