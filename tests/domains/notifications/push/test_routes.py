"""Push subscriptions over HTTP: one for a session, for as long as it lasts."""

import pytest

from tests import make
from tests.fakes.push_service import Browser
from veza.core.ids import new_id
from veza.domains.auth.sessions.service import end_session

PATH = "notifications/push/subscriptions"


@pytest.fixture
async def member(services):
    return await make.person(services)


def form(**changes: object) -> dict[str, object]:
    return Browser("https://push.example", str(new_id())).form | changes


async def subscribe(client, who, given):
    headers = who.headers | {"user-agent": "Firefox on a laptop"}
    return await client.post(PATH, headers=headers, json=given)


async def listed(client, who):
    answer = await client.get(PATH, headers=who.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["subscriptions"]


async def test_the_key_is_that_of_the_server(client, services, member):
    answer = await client.get("notifications/push/key", headers=member.headers)
    assert answer.json()["data"] == {"public_key": services.web_push.key.public_key}


async def test_a_browser_subscribes_and_ends_it(client, member):
    answer = await subscribe(client, member, form(language="fr", has_previews=False))
    assert answer.status_code == 201, answer.text

    [shown] = await listed(client, member)
    assert shown == answer.json()["data"]
    assert (shown["user_agent"], shown["language"]) == ("Firefox on a laptop", "fr")
    assert (shown["has_previews"], shown["is_current"]) == (False, True)
    # The address at the push service is a secret of the browser.
    assert "push.example" not in answer.text

    stranger = await client.delete(f"{PATH}/{new_id()}", headers=member.headers)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "push_subscription_not_found")
    ended = await client.delete(f"{PATH}/{shown['id']}", headers=member.headers)
    assert (ended.status_code, await listed(client, member)) == (200, [])


async def test_nobody_ends_the_subscription_of_another(client, services, member):
    await subscribe(client, member, form())
    [shown] = await listed(client, member)
    other = await make.person(services)

    answer = await client.delete(f"{PATH}/{shown['id']}", headers=other.headers)

    assert answer.status_code == 404
    assert await listed(client, member) == [shown]


async def test_a_session_and_a_browser_have_one_each(client, services, member):
    first, second = form(), form()
    for given in (first, first, second):
        assert (await subscribe(client, member, given)).status_code == 201
    assert len(await listed(client, member)) == 1

    # Somebody else signed in with the same browser.
    other = await make.person(services)
    assert (await subscribe(client, other, second)).status_code == 201
    assert await listed(client, member) == []
    assert len(await listed(client, other)) == 1


async def test_the_oldest_of_twenty_one_ends(client, services, member):
    sessions = [member]
    async with services.database.transaction() as tx:
        for n in range(20):
            sql = """
                insert into push_subscriptions (
                            id, session_id, user_id, endpoint, p256dh, auth, user_agent, language)
                     values ($1, $2, $3, $4, $5, $6, $4, 'en')
            """
            session_id = await make.session_in(tx, member.id)
            await tx.run(
                sql, new_id(), session_id, member.id, f"{n} {member.id}", bytes(65), bytes(16)
            )

    assert (await subscribe(client, sessions[0], form())).status_code == 201

    devices = [each["user_agent"].partition(" ")[0] for each in await listed(client, member)]
    assert devices[0] == "Firefox"
    # All of the others were made in one transaction, so that the lowest id is the oldest.
    assert devices[1:] == [str(n) for n in range(19, 0, -1)]


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "http://push.example/a"},
        {"endpoint": "https://127.0.0.1/a"},
        {"endpoint": "https://push.example:8443/a"},
        {"keys": {"p256dh": "A" * 87, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}},
        {"keys": {"p256dh": "!" * 87, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}},
        {"keys": {"p256dh": "A" * 87, "auth": "!" * 22}},
    ],
)
async def test_what_cannot_be_sent_to_is_refused(client, member, change):
    answer = await subscribe(client, member, form(**change))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_push_subscription")
    assert await listed(client, member) == []


async def test_a_subscription_ends_with_its_session_whatever_ends_it(client, services, member):
    await subscribe(client, member, form())
    async with services.database.transaction() as tx:
        await end_session(tx, member.member.session_id)
    async with services.database.read() as conn:
        sql = "select count(*) from push_subscriptions where user_id = $1"
        assert await conn.value(int, sql, member.id) == 0

    # The token is valid for an hour in a process that hasn't heard of the end.
    assert (await subscribe(client, member, form())).status_code == 401


async def test_signing_out_everywhere_and_a_suspension_end_all(client, services, member):
    for end in (
        lambda: client.post("sessions/logout-all", headers=member.headers),
        lambda: make.suspended(services, member),
    ):
        await subscribe(client, member, form())
        await end()
        async with services.database.read() as conn:
            sql = "select count(*) from push_subscriptions where user_id = $1"
            assert await conn.value(int, sql, member.id) == 0


async def test_an_api_key_has_no_browser(client, services, member):
    headers = await make.key_headers(services, member)
    for method, path in (("GET", PATH), ("POST", PATH), ("GET", "notifications/push/key")):
        answer = await client.request(method, path, headers=headers, json=form())
        assert answer.status_code == 403, answer.text
