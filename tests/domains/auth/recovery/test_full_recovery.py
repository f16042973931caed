"""The whole account recovery without a mail server; no token is stored or logged."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from tests.domains.auth.accounts.people import (
    PASSWORD,
    bearer,
    is_signed_in,
    refresh,
    sign_in,
    sign_up,
)
from tests.domains.auth.recovery.mails import (
    NEXT,
    html_of,
    read_mails,
    request_reset,
    reset,
    reset_tokens,
    subjects,
    text_of,
    verification_tokens,
    verify,
)
from veza.app.services import Services
from veza.http.web_app.paths import is_page


@pytest.mark.long
async def test_from_registration_to_a_new_password(
    client: httpx.AsyncClient,
    services: Services,
    work: Callable[[], Awaitable[None]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with capture_logs() as logs:
        someone = await sign_up(client)
        email = someone["email"]
        await work()
        (proof,) = verification_tokens(services, email)
        everything = await _dump(services)
        assert (await verify(client, proof)).status_code == 200
        me = await client.get("users/me", headers=bearer(someone["access_token"]))
        assert me.json()["data"]["email_verified"] is True

        assert (await request_reset(client, email)).status_code == 200
        everything += await _dump(services)
        await work()
        (token,) = reset_tokens(services, email)
        everything += await _dump(services)
        assert (await reset(client, token)).status_code == 200
        everything += await _dump(services)
        await work()
        everything += await _dump(services)

        assert not await is_signed_in(client, someone["access_token"])
        assert (await refresh(client, someone["refresh_token"])).status_code == 401
        assert (await sign_in(client, email, PASSWORD)).status_code == 401
        again = (await sign_in(client, email, NEXT)).json()["data"]
        assert await is_signed_in(client, again["access_token"])

    assert subjects(services, email) == [
        "Verify your e-mail address",
        "Reset your password",
        "Your password was changed",
    ]
    told = [Path(line["path"]).read_text() for line in logs if line["event"] == "mail_written"]
    assert len([mail for mail in told if email in mail]) == 3, "The log says where each mail is."
    said = f"{logs}{caplog.text}"
    for key in (proof, token, NEXT):
        assert key not in said
        for form in (key, key.encode().hex()):
            assert form not in everything
    assert email not in said


async def test_the_links_in_mails_lead_to_pages_of_this_server(
    client: httpx.AsyncClient, services: Services, work: Callable[[], Awaitable[None]]
) -> None:
    someone = await sign_up(client)
    await request_reset(client, someone["email"])
    await work()

    links = set[str]()
    for mail in read_mails(services, someone["email"]):
        links |= set(re.findall(r"http://localhost:8080(/\S+)#token=", text_of(mail)))
    assert links == {"/reset-password", "/verify-email"}
    assert all(is_page(link) for link in links)


async def _dump(services: Services) -> str:
    """Read every row of every table, as text."""
    async with services.database.read() as conn:
        tables = await conn.column(
            str, "select tablename from pg_tables where schemaname = 'public'"
        )
        rows = [
            row
            for table in tables
            for row in await conn.column(str, f"select t::text from {table} t")
        ]
    # Jobs are kept as bytes, which the text shows in hex.
    return "\n".join(rows)


async def test_mails_come_in_the_language_of_the_browser_until_another_is_chosen(
    client: httpx.AsyncClient, services: Services, work: Callable[[], Awaitable[None]]
) -> None:
    client.headers["accept-language"] = "it, fr-CA;q=0.9, en;q=0.8"
    someone = await sign_up(client)
    del client.headers["accept-language"]
    await work()
    headers = bearer(someone["access_token"])
    changed = await client.put("users/me", headers=headers, json={"language": "es"})
    assert (changed.status_code, changed.json()["data"]["language"]) == (200, "es")
    assert (await client.put("users/me", headers=headers, json={"bio": "x"})).status_code == 200
    for wrong in ("it", None, "EN"):
        refused = await client.put("users/me", headers=headers, json={"language": wrong})
        assert refused.status_code == 400
    await request_reset(client, someone["email"])
    await work()

    first, second = read_mails(services, someone["email"])
    assert 'lang="fr"' in html_of(first)
    assert str(first["Subject"]).startswith("Confirme ton adresse")
    assert 'lang="es"' in html_of(second)
    assert str(second["Subject"]).startswith("Restablece tu contraseña")
