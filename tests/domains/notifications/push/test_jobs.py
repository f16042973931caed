"""Pushing notifications: from what happened to what a browser can read, and every fault between."""

from datetime import timedelta

import pytest
from msgspec import structs

from tests import make
from tests.fakes.push_service import Browser, FakePushService, PushFault
from veza.app.web_push import create_sender
from veza.app.worker import run_until_empty
from veza.core.access import Role
from veza.core.ids import PushSubscriptionId, new_id
from veza.domains.auth.sessions.service import end_session
from veza.domains.chat.messages.models.messages import MessageForm
from veza.domains.chat.messages.service import sent_messages
from veza.domains.notifications.push import service as push
from veza.domains.notifications.push.jobs import push_notification
from veza.domains.notifications.push.models import PushForm, PushKeys, PushNotification
from veza.infra.jobs.queue import RetryLater


@pytest.fixture
def service():
    with FakePushService() as running:
        yield running


@pytest.fixture
def web_push(services, service):
    return push.WebPush(services.web_push.key, {service.url})


@pytest.fixture
def run(services, web_push):
    """Deliver all events and do all jobs that are due, with pushes to the service of this test."""

    async def run_all() -> None:
        await make.delivered(services)
        await run_until_empty(structs.replace(services, web_push=web_push))

    return run_all


@pytest.fixture
async def artist(services):
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def fan(services):
    return await make.person(services)


@pytest.fixture
def subscribe(services, service, web_push):
    async def subscribe_browser(who: make.Person, **changes: object) -> Browser:
        browser = Browser(service.url, str(new_id()))
        keys = PushKeys(**browser.form["keys"])
        form = structs.replace(PushForm(browser.endpoint, keys), **changes)
        async with services.database.transaction() as tx:
            await push.subscribe(tx, web_push, who.member, form, "Firefox")
        return browser

    return subscribe_browser


@pytest.fixture
def act(client):
    async def send(who: make.Person, method: str, path: str, **body: object) -> None:
        answer = await client.request(method, path, headers=who.headers, json=body or None)
        assert answer.status_code in {200, 201}, answer.text

    return send


async def state_of(services, who):
    """Return the state of a member's subscription: `new`, `sent`, `fails` or `gone`."""
    async with services.database.read() as conn:
        sql = """
            select coalesce((select case when failing_since is not null then 'fails'
                                         when last_sent_at is not null then 'sent'
                                         else 'new' end
                               from push_subscriptions where user_id = $1), 'gone')
        """
        return await conn.value(str, sql, who.id)


async def test_a_message_arrives_on_the_device_with_its_text(
    services, service, run, subscribe, artist, fan
):
    browser = await subscribe(artist, language="de")
    async with services.database.transaction() as tx:
        talk = await make.conversation_in(tx, "group", fan.member, artist.member)
        form = MessageForm("Shall we " + "dance " * 60)
        await sent_messages.send(tx, fan.member, talk, form, urls=make.NO_LINKS)
    await run()

    [note] = await make.told(services, artist)
    [content] = browser.read(service)
    text = content.pop("text")
    assert content == {
        "id": str(note.id),
        "kind": "message",
        "language": "de",
        "actors": [fan.username],
        "actors_count": 1,
        "subject": "conversation",
        "subject_id": str(talk),
    }
    assert text.startswith("Shall we dance")
    assert len(text) == 140
    [pushed] = service.pushed
    assert (pushed.headers["urgency"], pushed.headers["ttl"]) == ("high", "86400")
    assert pushed.headers["topic"] == note.id.hex
    assert await state_of(services, artist) == "sent"


async def test_without_previews_no_title_and_no_text_leaves_the_server(
    services, service, run, subscribe, artist, fan, act
):
    open_browser = await subscribe(fan)
    browser = await subscribe(artist, has_previews=False)
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, artist.member, "Night Ferry")
    await act(fan, "POST", f"tracks/{track_id}/comments", content="Very secret words")
    await run()

    [content] = browser.read(service)
    assert (content["kind"], content["subject_id"]) == ("track_comment", str(track_id))
    assert {"title", "text"}.isdisjoint(content)
    # Nobody is told of what they did themselves.
    assert open_browser.read(service) == []


async def test_likes_before_the_push_are_one_message(
    services, service, run, subscribe, artist, fan, act
):
    browser = await subscribe(artist)
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, artist.member, "Night Ferry")
    for _ in range(3):
        await act(await make.person(services), "POST", f"tracks/{track_id}/like")
    await act(fan, "POST", f"tracks/{track_id}/like")
    await run()

    [content] = browser.read(service)
    assert (content["title"], content["actors_count"]) == ("Night Ferry", 4)
    assert content["actors"][0] == fan.username
    assert len(content["actors"]) == 2


@pytest.mark.parametrize("how", ["received", "pushed", "muted", "blocked", "read", "signed out"])
async def test_nothing_is_pushed_that_the_member_would_not_see(
    services, service, run, subscribe, artist, fan, act, how
):
    await subscribe(artist)
    match how:
        case "received":
            await act(artist, "PUT", "notifications/preferences", follow=False)
        case "pushed":
            await act(artist, "PUT", "notifications/preferences/push", follow=False)
        case "muted":
            await make.mutes(services, artist, fan)
    await make.follows(services, fan, artist)
    await make.delivered(services)
    match how:
        case "blocked":
            await make.blocks(services, artist, fan)
        case "read":
            await act(artist, "POST", "notifications/read-all")
        case "signed out":
            async with services.database.transaction() as tx:
                await end_session(tx, artist.member.session_id)
        case _:
            pass
    await run()
    assert service.tries == 0


async def test_push_preferences_say_what_is_off_and_leave_the_list_alone(
    services, client, artist, fan, act
):
    path = "notifications/preferences/push"
    await act(artist, "PUT", path, follow=False, sale=False)
    await act(artist, "PUT", path, sale=True)
    answer = await client.get(path, headers=artist.headers)
    assert [kind for kind, on in answer.json()["data"].items() if not on] == ["follow"]
    received = await client.get("notifications/preferences", headers=artist.headers)
    assert all(received.json()["data"].values())

    await make.follows(services, fan, artist)
    assert [note.kind for note in await make.told(services, artist)] == ["follow"]


async def test_without_a_browser_nothing_is_emitted(services, artist, fan):
    async with services.database.transaction() as tx:
        await make.notification(tx, artist.member, fan.member)
        sql = "select count(*) from outbox where name = 'MembersNotified'"
        assert await tx.value(int, sql) == 0


@pytest.mark.parametrize(
    ("fault", "state", "waits_s"),
    [
        (PushFault(410), "gone", None),
        (PushFault(404), "gone", None),
        (PushFault(403), "fails", None),
        (PushFault(503), "fails", 15),
        (PushFault(429, {"retry-after": "1"}), "fails", 15),
        (PushFault(429, {"retry-after": "600"}), "fails", 600),
        (PushFault(200, is_huge=True), "sent", None),
    ],
)
async def test_what_the_push_service_says_is_what_becomes_of_it(
    services, service, web_push, subscribe, artist, fan, fault, state, waits_s
):
    await subscribe(artist)
    async with services.database.transaction() as tx:
        notification_id = await make.notification(tx, artist.member, fan.member)
        sql = "select id from push_subscriptions where user_id = $1"
        subscription_id = await tx.value(PushSubscriptionId, sql, artist.id)
    service.faults.append(fault)
    job = PushNotification(subscription_id, notification_id)

    sender = create_sender(web_push)
    if waits_s is None:
        await push_notification(services.database, sender, job)
    else:
        with pytest.raises(RetryLater) as raised:
            await push_notification(services.database, sender, job)
        assert raised.value.first_pause == timedelta(seconds=waits_s)

    assert (await state_of(services, artist), service.tries) == (state, 1)


async def test_a_subscription_that_failed_for_two_weeks_ends(
    services, service, run, subscribe, artist, fan
):
    await subscribe(artist)
    async with services.database.transaction() as tx:
        sql = """
            update push_subscriptions set failing_since = now() - interval '15 days'
             where user_id = $1
        """
        await tx.run(sql, artist.id)
    await make.follows(services, fan, artist)
    service.faults.append(PushFault(400))
    await run()
    assert await state_of(services, artist) == "gone"


async def test_a_follow_leads_to_the_page_of_the_follower(
    services, run, service, subscribe, artist, fan
):
    browser = await subscribe(artist)
    async with services.database.transaction() as tx:
        await tx.run("update users set display_name = 'Ferry ☂ Fan' where id = $1", fan.id)
    await make.follows(services, fan, artist)
    await run()

    [content] = browser.read(service)
    assert content["actors"] == ["Ferry ☂ Fan"]
    assert (content["subject"], content["subject_id"]) == ("artist", fan.username)
