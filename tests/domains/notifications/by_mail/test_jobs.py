"""Mails of notifications and summaries: to whom, once, and whatever dies between."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from email.message import EmailMessage

import httpx
import msgspec
import pytest
from litestar import Litestar
from msgspec import structs

from tests import make
from tests.domains.auth.recovery.mails import html_of, sending_through, text_of
from tests.http.apps import calling
from tests.infra.smtp import SmtpServer
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.app.worker import run_until_empty
from veza.core.access import Role
from veza.core.clock import now
from veza.domains.live.jobs import announce_plans
from veza.domains.notifications.by_mail import jobs, rules
from veza.domains.notifications.by_mail.models import SendDigest
from veza.domains.notifications.preferences import shared_queries as preferences
from veza.domains.platform.mail.service import SiteMailer
from veza.infra.mail.mailer import MailUnavailable

PREFERENCES = "users/me/notification-preferences"
type Act = Callable[..., Awaitable[dict[str, object]]]
type Run = Callable[[], Awaitable[list[EmailMessage]]]


@pytest.fixture
def server() -> SmtpServer:
    return SmtpServer()


@pytest.fixture
async def mailer(services: Services, server: SmtpServer) -> AsyncIterator[SiteMailer]:
    async with sending_through(services, server) as found:
        yield found


@pytest.fixture
def run(services: Services, server: SmtpServer, mailer: SiteMailer) -> Run:
    """Deliver all events and do all jobs that are due; return what was mailed since."""

    async def run_all() -> list[EmailMessage]:
        await make.delivered(services)
        await run_until_empty(structs.replace(services, site_mailer=mailer))
        received = [each.message for each in server.received]
        server.received.clear()
        return received

    return run_all


@pytest.fixture
async def browser(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the pages outside of the API."""
    async with calling(wrap(app, settings), path="/") as made:
        yield made


@pytest.fixture
def act(client) -> Act:
    async def send(who: make.Person, method: str, path: str, **body: object):
        answer = await client.request(method, path, headers=who.headers, json=body or None)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()["data"]

    return send


async def verified(services: Services, role: Role = Role.USER, language: str = "en") -> make.Person:
    person = await make.person(services, role)
    async with services.database.transaction() as tx:
        sql = "update users set email_verified_at = now(), language = $2 where id = $1"
        await tx.run(sql, person.id, language)
    return person


@pytest.fixture
async def artist(services: Services) -> make.Person:
    return await verified(services, Role.CREATOR)


@pytest.fixture
async def fan(services: Services) -> make.Person:
    return await verified(services)


async def want(act: Act, who: make.Person, kind: str, **channels: bool) -> None:
    await act(who, "PUT", PREFERENCES, kinds={kind: channels})


async def track_of(services: Services, artist: make.Person, title: str = "Night Ferry"):
    async with services.database.transaction() as tx:
        return await make.bare_track(tx, artist.member, title)


async def like(act: Act, who: make.Person, track_id: object) -> None:
    await act(who, "POST", f"tracks/{track_id}/like")


async def make_due(services: Services, *people: make.Person) -> None:
    async with services.database.transaction() as tx:
        sql = """
            update notification_preferences
               set digest_due_at = now() - interval '1 second'
             where user_id = any($1)
        """
        await tx.run(sql, [each.id for each in people])


async def test_a_mail_comes_once_in_the_language_of_its_reader_and_says_how_to_end_it(
    services, act, run, artist, fan
):
    async with services.database.transaction() as tx:
        await tx.run("update users set language = 'de' where id = $1", artist.id)
        await tx.run("update users set avatar_id = $1 where id = $1", fan.id)
    await want(act, artist, "track_comment", mail=True)
    track_id = await track_of(services, artist, "<b>Ferry</b>\r\nBcc: eve@example.com")
    await act(fan, "POST", f"tracks/{track_id}/comments", content="Very <i>good</i>\nwords")

    [mail] = await run()
    assert mail["To"] == f"{artist.username}@example.com"
    assert fan.username in mail["Subject"]
    assert "kommentiert" in mail["Subject"]
    assert mail["Bcc"] is None
    assert mail["List-Unsubscribe"].startswith(f"<{services.site_mailer.own_url}/unsubscribe/")
    assert "> Very <i>good</i>\n> words" in text_of(mail)
    assert "<b>Ferry" not in html_of(mail)
    face = f"/api/v1/profiles/{fan.id}/avatar?version={fan.id}&amp;size=128"
    shown = f'src="{services.site_mailer.own_url}{face}" alt="{fan.username}" width="64"'
    assert shown in html_of(mail), "The address is the same for everybody."
    assert 'lang="de"' in html_of(mail)
    await act(fan, "POST", f"tracks/{track_id}/comments", content="Again")
    assert len(await run()) == 1, "Each comment is one."


async def test_what_is_merged_into_an_unread_notification_is_not_mailed_again(
    services, act, run, artist, fan
):
    await want(act, artist, "track_like", mail=True)
    track_id = await track_of(services, artist)
    await like(act, fan, track_id)
    assert len(await run()) == 1
    await like(act, await make.person(services), track_id)
    assert await run() == []


async def test_only_who_chose_so_and_has_a_verified_address_is_mailed(services, act, run, fan):
    people = [await verified(services, Role.CREATOR) for _ in range(5)]
    usual, silent, unverified, suspended, reading = people
    for each in people:
        if each is not usual:
            await want(act, each, "track_like", mail=True)
    await want(act, silent, "track_like", app=False)
    for each in people:
        await like(act, fan, await track_of(services, each))
    await make.delivered(services)
    async with services.database.transaction() as tx:
        sql = "update users set email_verified_at = null where id = $1"
        await tx.run(sql, unverified.id)
        sql = "update users set suspended_at = now(), suspension_reason = 'x' where id = $1"
        await tx.run(sql, suspended.id)
    await act(reading, "POST", "notifications/read-all")

    assert await run() == []
    shown = await act(usual, "GET", PREFERENCES)
    assert shown["kinds"]["track_like"] == {"app": True, "push": True, "mail": False}
    assert shown["kinds"]["sale"]["mail"] is True
    assert (shown["kinds"]["went_live"]["mail"], shown["digest"]) == (False, "weekly")


async def test_the_owner_reads_the_mails_of_a_page(services, act, run, fan):
    page = await make.page(services, await verified(services))
    async with services.database.transaction() as tx:
        await tx.run(
            "insert into notification_preferences (user_id, mailed) values ($1, '{follow}')",
            page.id,
        )
    await act(fan, "POST", f"users/{page.id}/follow")

    [mail] = await run()
    assert mail["To"] == f"{page.owner.username}@example.com"


async def test_beyond_a_bound_the_rest_waits_for_the_summary(
    services, act, run, artist, fan, monkeypatch
):
    monkeypatch.setattr(rules, "MAX_MAILS_TO_ADDRESS", 2)
    await want(act, artist, "track_like", mail=True)
    for number in range(4):
        await like(act, fan, await track_of(services, artist, f"Song {number}"))

    assert len(await run()) == 2
    await make_due(services, artist)
    await jobs.enqueue_digests(services.database)
    [summary] = await run()
    assert sum(f"Song {number}" in text_of(summary) for number in range(4)) == 2


async def test_a_summary_tells_once_what_is_unread_whatever_dies_between(
    services, act, run, server, mailer, artist, fan
):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, artist.member, "Night Ferry")
        cover = await make.bare_image(tx, artist.member)
    await act(fan, "POST", f"users/{artist.id}/follow")
    wanting = await verified(services)
    await act(wanting, "POST", f"users/{artist.id}/follow")
    await want(act, wanting, "release_published", mail=True)
    await act(
        artist,
        "POST",
        "releases",
        title="Tides",
        tracks=[{"track_id": str(track_id)}],
        visibility="public",
        cover_image_id=str(cover),
    )
    await like(act, artist, await track_of(services, fan, "Harbour"))
    # Followers are told by a job, and only then are mails wanted.
    [at_once] = [*await run(), *await run()]
    assert at_once["To"] == f"{wanting.username}@example.com"
    assert f'/images/{cover}?size=480" alt="Tides" width="240"' in html_of(at_once)
    await make_due(services, fan)

    with pytest.raises(_KilledError):
        await _die_after_enqueuing(services)
    assert await run() == [], "Nothing was enqueued, and nothing is lost."
    await jobs.enqueue_digests(services.database)
    await jobs.enqueue_digests(services.database)
    server.answers["MAIL"] = "451 later"
    [job] = await _take_digests(services, fan)
    with pytest.raises(MailUnavailable):
        await jobs.send_digest(services.database, mailer, job)
    server.answers.clear()
    await jobs.send_digest(services.database, mailer, job)
    await jobs.send_digest(services.database, mailer, job)

    [received] = server.received
    mail = received.message
    assert "Tides" in text_of(mail)
    assert "Harbour" in text_of(mail)
    assert f"/images/{cover}?size=128" in html_of(mail)
    assert mail["List-Unsubscribe"] is not None
    server.received.clear()
    await make_due(services, fan)
    await jobs.enqueue_digests(services.database)
    assert await run() == [], "Nothing to say is no mail."


class _KilledError(Exception):
    pass


async def _die_after_enqueuing(services: Services) -> None:
    async with services.database.transaction() as tx:
        assert await jobs.enqueue_batch(tx) >= 1
        raise _KilledError


async def _take_digests(services: Services, who: make.Person) -> list[SendDigest]:
    async with services.database.transaction(recorded=False) as tx:
        sql = "delete from jobs where name = 'SendDigest' returning payload"
        found = await tx.column(bytes, sql)
    jobs_found = [msgspec.json.decode(each, type=SendDigest) for each in found]
    return [each for each in jobs_found if each.user_id == who.id]


async def test_a_summary_is_dropped_if_all_was_read_or_it_is_switched_off(
    services, act, run, artist, fan
):
    reading, leaving = artist, await verified(services, Role.CREATOR)
    for each in (reading, leaving):
        await like(act, fan, await track_of(services, each))
    await run()
    await make_due(services, reading, leaving)
    await jobs.enqueue_digests(services.database)
    await act(reading, "POST", "notifications/read-all")
    await act(leaving, "PUT", PREFERENCES, digest="never")

    assert await run() == []
    async with services.database.transaction() as tx:
        found = await preferences.lock_due_digests(tx, at_once=100)
    assert not {each.user_id for each in found} & {reading.id, leaving.id}


async def test_one_click_ends_mails_of_a_kind_and_the_page_undoes_it(
    browser, client, services, act, run, artist, fan
):
    await want(act, artist, "track_like", mail=True)
    await like(act, fan, await track_of(services, artist))
    [mail] = await run()
    url = mail["List-Unsubscribe"].strip("<>")
    path = url.removeprefix(services.site_mailer.own_url)
    token = path.removeprefix("/unsubscribe/")
    for _ in range(2):
        one_click = await browser.post(path, data={"List-Unsubscribe": "One-Click"})
        assert one_click.status_code == 200, one_click.text
        shown = await client.get(f"mail-subscriptions/{token}")
        assert shown.json()["data"] == {"kind": "track_like", "is_on": False, "digest": "weekly"}
    await like(act, fan, await track_of(services, artist))
    assert await run() == []
    undone = await client.put(f"mail-subscriptions/{token}", json={"is_on": True})
    assert undone.json()["data"]["is_on"] is True
    await like(act, fan, await track_of(services, artist))
    assert len(await run()) == 1
    for wrong in (token[:-1], token.replace("track_like", "follow"), "x"):
        assert (await client.get(f"mail-subscriptions/{wrong}")).status_code == 404
        assert (await browser.post(f"/unsubscribe/{wrong}")).status_code == 404
    page = await browser.get(path)
    assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (200, "text/html")


async def test_undoing_the_end_of_a_summary_brings_it_as_often_as_before(
    client, services, act, artist
):
    await act(artist, "PUT", PREFERENCES, digest="daily")
    signer = services.site_mailer.signer
    token = rules.sign_token(signer, rules.UnsubscribeToken(artist.id, None))
    path = f"mail-subscriptions/{token}"
    ended = (await client.put(path, json={"is_on": False})).json()["data"]
    assert ended == {"kind": None, "is_on": False, "digest": "daily"}
    assert (await act(artist, "GET", PREFERENCES))["digest"] == "never"
    await client.put(path, json={"is_on": True, "digest": ended["digest"]})
    assert (await act(artist, "GET", PREFERENCES))["digest"] == "daily"
    refused = await client.put(
        PREFERENCES, headers=artist.headers, json={"kinds": {"banned": {"mail": False}}}
    )
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (400, "kinds.banned")


async def test_who_asked_to_be_reminded_of_a_stream_is_mailed_before_it_and_when_it_is_cancelled(
    services, act, run, artist, fan
):
    dates = [(now() + timedelta(days=days)).isoformat() for days in (1, 2)]
    soon, cancelled = [
        await act(artist, "POST", "live/streams", title=title, starts_at=at)
        for title, at in zip(("Dusk", "Dawn"), dates, strict=True)
    ]
    for each in (soon, cancelled):
        await act(fan, "POST", f"live/streams/{each['id']}/reminder")
    await announce_plans(services.database)
    assert await run() == []
    async with services.database.transaction() as tx:
        sql = "update streams set starts_at = now() + interval '9 minutes' where title = 'Dusk'"
        await tx.run(sql)
    for mailed in ([f"“Dusk” by {artist.username} begins soon"], []):
        await announce_plans(services.database)
        # The job that tells it emits what is mailed.
        assert [each["subject"] for each in [*await run(), *await run()]] == mailed
    await act(artist, "POST", f"live/streams/{cancelled['id']}/cancel")
    [mail] = [*await run(), *await run()]
    assert mail["subject"] == f"{artist.username} cancelled “Dawn”"
    assert f"/live/{cancelled['id']}" in text_of(mail)
