"""The profile of the site: who changes it, where it shows, and tests of mail and storage."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests import make, sounds
from tests.domains.auth.recovery.mails import SENDER, read_mails, sending_through
from tests.http.apps import calling
from tests.infra.smtp import SmtpServer
from tests.infra.waiting import until
from tests.make import Person
from tests.support.addresses import BASE_URL
from veza.app.api import wrap
from veza.app.domains import PERSONAL_DATA
from veza.app.paths import mail_folder
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.domains.platform.mail.service import SiteMailer
from veza.http.services import ServiceRegistry
from veza.infra.mail.mailer import Mail, open_mailer

type Change = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(autouse=True)
async def _emptied(services: Services) -> AsyncIterator[None]:
    await make.plain_site(services)
    yield
    await make.plain_site(services)
    await services.counters.clear("site-test:mail")
    await services.counters.clear("site-test:storage")


@pytest.fixture
def change(client: httpx.AsyncClient, admin: Person) -> Change:
    """Change the site as an admin: `await change(name="Night Ferry")`."""

    async def send(**said: object) -> dict[str, Any]:
        answer = await client.put("admin/site", json=said, headers=admin.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    return send


async def _upload_logo(client: httpx.AsyncClient, owner: Person, folder: Any) -> str:
    picture = sounds.picture(folder / "logo.png", width=64, height=64)
    files = {"file": ("logo.png", picture.read_bytes())}
    answer = await client.post("images", files=files, headers=owner.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"]


async def test_a_new_site_has_the_name_of_the_software(client: httpx.AsyncClient) -> None:
    shown = (await client.get("site")).json()["data"]
    assert (shown["name"], shown["accent"], shown["colors"]) == ("Veza", None, None)
    assert (shown["logo_url"], shown["pages"], shown["sign_up_mode"]) == (None, [], "open")
    missing = await client.get("site/pages/terms")
    assert (missing.status_code, missing.json()["code"]) == (404, "site_page_not_found")
    assert (await client.get("site/pages/nothing")).status_code == 400


async def test_what_is_omitted_stays_and_what_is_blank_is_cleared(
    client: httpx.AsyncClient, change: Change
) -> None:
    await change(name=" Night Ferry ", terms="Be kind.", accent="#ffe680")
    saved = await change(description="Field recordings.", imprint="  ")
    assert (saved["name"], saved["terms"], saved["imprint"]) == ("Night Ferry", "Be kind.", None)
    shown = (await client.get("site")).json()["data"]
    assert (shown["name"], shown["description"]) == ("Night Ferry", "Field recordings.")
    assert (shown["pages"], shown["colors"]["dark"]) == (["terms"], "#ffe680")
    assert shown["colors"]["light"] != "#ffe680"
    page = (await client.get("site/pages/terms")).json()["data"]
    assert page == {"page": "terms", "text": "Be kind."}

    cleared = await change(name="", terms=None, accent=None)
    assert (cleared["name"], cleared["terms"], cleared["colors"]) == (None, None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x" * 61},
        {"name": "two\nlines"},
        {"name": "veiled\u2028line"},
        {"description": "x" * 301},
        {"accent": "red"},
        {"accent": "#FFFFFF"},
        {"accent": "#ffffff\n"},
        {"terms": "x" * 40_001},
        {"terms": "nul \x00"},
        {"logo_id": "mine"},
    ],
    ids=str,
)
async def test_what_no_site_can_have_is_refused(
    client: httpx.AsyncClient, admin: Person, wrong: dict[str, object]
) -> None:
    answer = await client.put("admin/site", json=wrong, headers=admin.headers)
    assert answer.status_code == 400, answer.text


async def test_only_admins_see_and_change_settings_and_test(
    client: httpx.AsyncClient, services: Services
) -> None:
    moderator = await make.person(services, Role.MODERATOR)
    for method, path in (
        ("GET", "admin/site"),
        ("PUT", "admin/site"),
        ("POST", "admin/site/mail-test"),
        ("POST", "admin/site/storage-test"),
    ):
        body = {"name": "Mine"} if method == "PUT" else None
        for headers, status in ((moderator.headers, 403), ({}, 401)):
            answer = await client.request(method, path, json=body, headers=headers)
            assert answer.status_code == status, (path, answer.text)


async def test_a_logo_is_public_and_its_successor_deletes_it(
    client: httpx.AsyncClient, services: Services, change: Change, admin: Person, tmp_path: Any
) -> None:
    first, second = [await _upload_logo(client, admin, tmp_path) for _ in range(2)]
    saved = await change(logo_id=first)
    assert (await client.get(f"{BASE_URL}{saved['logo_url']}")).status_code == 200
    # Saying it again changes nothing.
    assert (await change(logo_id=first))["logo_url"] == saved["logo_url"]
    assert (await change(name="Night Ferry"))["logo_url"] == saved["logo_url"]

    stranger = await make.person(services)
    foreign = await _upload_logo(client, stranger, tmp_path)
    refused = await client.put("admin/site", json={"logo_id": foreign}, headers=admin.headers)
    assert (refused.status_code, refused.json()["code"]) == (404, "image_not_found")

    assert (await change(logo_id=second))["logo_url"].endswith(second)
    assert (await client.get(f"{BASE_URL}{saved['logo_url']}")).status_code == 404
    shown = await client.delete(f"images/{second}", headers=admin.headers)
    assert shown.json()["code"] == "image_in_use"


async def test_erasing_who_uploaded_the_logo_takes_it_away(
    client: httpx.AsyncClient, services: Services, change: Change, admin: Person, tmp_path: Any
) -> None:
    await change(logo_id=await _upload_logo(client, admin, tmp_path))
    site = PERSONAL_DATA["site"]
    async with services.database.read() as conn:
        assert msgspec.to_builtins(await site.export(conn, admin.id)) == {"uploaded_logo": True}
    async with services.database.transaction(recorded=False) as tx:
        await site.erase(tx, admin.id)
    assert (await client.get("site")).json()["data"]["logo_url"] is None


async def test_another_process_learns_of_a_change(settings: Settings, change: Change) -> None:
    async with open_services(settings) as other:
        await change(name="Night Ferry", accent="#0b6e4f")
        await until(lambda: other.site_profile.identity.name == "Night Ferry")
    async with open_services(settings) as later:
        assert later.site_profile.identity.name == "Night Ferry"


async def test_name_and_colours_are_in_pages_and_manifest(
    app: Litestar, settings: Settings, services: Services, change: Change
) -> None:
    nasty = 'Night "Ferry" </title><script>'
    saved = await change(name=nasty, description="Field <recordings>", accent="#0b6e4f")
    person = await make.person(services)
    async with calling(wrap(app, settings), path="/") as browser:
        home = (await browser.get("/")).text
        artist = (await browser.get(f"/artists/{person.username}")).text
        embedded = (await browser.get(f"/embed/artists/{person.username}")).text
        described = await browser.get(
            "/oembed", params={"url": f"http://veza.test/artists/{person.username}"}
        )
        manifest = (await browser.get("/manifest.webmanifest")).json()
    escaped = "Night &quot;Ferry&quot; &lt;/title&gt;&lt;script&gt;"
    assert f"<title>{escaped}</title>" in home
    assert 'content="Field &lt;recordings&gt;"' in home
    assert '<meta name="veza-site" content="' in home
    assert "</title><script>" not in home + artist + embedded
    assert f'property="og:site_name" content="{escaped}"' in artist
    assert f"· {escaped}</title>" in artist
    assert f"· {escaped}</title>" in embedded
    assert described.json()["provider_name"] == nasty
    assert (manifest["name"], manifest["theme_color"]) == (nasty, saved["colors"]["light"])


async def test_mails_are_from_the_site_unless_the_settings_name_a_sender(
    services: Services, change: Change, settings: Settings, tmp_path: Any
) -> None:
    await change(name="Night Ferry")
    mailer = services.site_mailer
    assert mailer.find_sender_name() == "Night Ferry"
    folder = tmp_path / "mails"
    sending = msgspec.structs.replace(mailer, mailer=open_mailer(None, SENDER, folder))
    await sending.send(Mail("a@example.com", "Hello", "There.\n"))
    (written,) = folder.glob("*.eml")
    assert b"From: Night Ferry <veza@veza.example>" in written.read_bytes()
    named = msgspec.structs.replace(settings, mail_from="Harbour <a@veza.example>")
    async with open_services(named) as other:
        assert other.site_mailer.find_sender_name() is None


@pytest.mark.long
async def test_the_mail_test_sends_a_mail_and_says_what_is_wrong(
    client: httpx.AsyncClient, app: Litestar, services: Services, admin: Person
) -> None:
    registry: ServiceRegistry = app.state.services
    path = "admin/site/mail-test"
    written = (await client.post(path, headers=admin.headers)).json()["data"]
    address = f"{admin.username}@example.com"
    assert written["passed"] is False
    assert "VEZA_SMTP_URL" in written["detail"]
    assert str(mail_folder(services.settings)) in written["detail"]
    assert [mail["Subject"] for mail in read_mails(services, address)] == ["Test mail of Veza"]
    refusing = SmtpServer()
    try:
        async with sending_through(services, refusing) as mailer:
            registry.replace(SiteMailer, mailer)
            accepted = (await client.post(path, headers=admin.headers)).json()["data"]
            refusing.answers["RCPT"] = "550 5.1.1 No such mailbox"
            refused = (await client.post(path, headers=admin.headers)).json()["data"]
        gone = (await client.post(path, headers=admin.headers)).json()["data"]
    finally:
        registry.replace(SiteMailer, services.site_mailer)
    assert accepted["passed"] is True
    assert accepted["detail"] == f"{address}: 127.0.0.1 answers, without TLS."
    assert refused["passed"] is False
    assert refused["detail"].startswith("The server refuses the recipient: 550")
    assert gone["passed"] is False
    assert gone["detail"].startswith("The server can't be")


async def test_the_storage_test_passes_and_is_limited(
    client: httpx.AsyncClient, admin: Person
) -> None:
    path = "admin/site/storage-test"
    answers = [await client.post(path, headers=admin.headers) for _ in range(11)]
    assert all(answer.json()["data"]["passed"] for answer in answers[:10])
    assert (answers[10].status_code, answers[10].json()["code"]) == (429, "too_many_site_tests")
