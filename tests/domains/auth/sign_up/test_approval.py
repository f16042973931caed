"""The mode `approval`: newcomers wait, can do nothing, and are accepted or declined by staff."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.domains.auth.accounts.people import PASSWORD, registration, sign_in, sign_up
from tests.domains.auth.recovery.mails import read_mails, subjects, text_of
from tests.domains.auth.sign_up.settings_steps import SetMode
from tests.make import Person
from veza.app.services import Services
from veza.core.ids import UserId, new_id
from veza.domains.auth.sign_up import jobs, rules

MESSAGE = "I record field sounds in Brittany."


async def apply(client: httpx.AsyncClient, **changes: str) -> dict[str, str]:
    """Ask to join; return the registration with the id of the account."""
    wished = registration(message=MESSAGE) | changes
    answer = await client.post("auth/register", json=wished)
    assert answer.status_code == 202, answer.text
    data = answer.json()["data"]
    assert data == {"id": data["id"], "username": wished["username"], "awaiting_approval": True}
    assert "set-cookie" not in answer.headers
    return wished | {"id": data["id"]}


async def decide(
    client: httpx.AsyncClient, who: Person, newcomer: dict[str, str], decision: str
) -> httpx.Response:
    path = f"admin/sign-up/requests/{newcomer['id']}/{decision}"
    return await client.post(path, headers=who.headers)


async def test_a_newcomer_waits_and_is_accepted(
    client: httpx.AsyncClient,
    services: Services,
    set_mode: SetMode,
    moderator: Person,
    work: Callable[[], Awaitable[None]],
):
    await set_mode("approval")
    state = (await client.get("auth/sign-up")).json()["data"]
    assert state["mode"] == "approval"
    assert state["message_required"]
    for message in (None, "  "):
        answer = await client.post("auth/register", json=registration(message=message))
        assert (answer.status_code, answer.json()["code"]) == (400, "message_required")
    answer = await client.post("auth/register", json=registration(message="x" * 1001))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")

    newcomer = await apply(client)
    refused = await sign_in(client, newcomer["email"], PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (403, "awaiting_approval")
    wrong = await sign_in(client, newcomer["email"], "something else")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")
    assert (await client.get(f"users/{newcomer['username']}")).status_code == 404

    listed = await client.get("admin/sign-up/requests", headers=moderator.headers)
    [request] = listed.json()["data"]["requests"]
    assert request["message"] == MESSAGE
    assert (request["username"], request["email"]) == (newcomer["username"], newcomer["email"])
    accepted = await decide(client, moderator, newcomer, "accept")
    assert accepted.json()["data"] == {"user_id": newcomer["id"], "accepted": True}
    again = await decide(client, moderator, newcomer, "decline")
    assert (again.status_code, again.json()["code"]) == (404, "sign_up_request_not_found")
    assert (await sign_in(client, newcomer["email"], PASSWORD)).status_code == 200
    await work()
    told = subjects(services, newcomer["email"])
    # That a device signed in for the first time is no news.
    assert sorted(told) == ["Verify your e-mail address", "You can sign in now"]
    texts = [text_of(mail) for mail in read_mails(services, newcomer["email"])]
    assert sum("/sign-in\n" in text for text in texts) == 1


async def test_a_declined_newcomer_is_erased_after_seven_days(
    client: httpx.AsyncClient,
    services: Services,
    set_mode: SetMode,
    admin: Person,
    work: Callable[[], Awaitable[None]],
):
    await set_mode("approval")
    newcomer = await apply(client)
    for headers, status in (({}, 401), (await sign_up_member(client, set_mode), 403)):
        path = f"admin/sign-up/requests/{newcomer['id']}/decline"
        assert (await client.post(path, headers=headers)).status_code == status
    unbanned = await client.post(f"admin/users/{newcomer['id']}/unban", headers=admin.headers)
    assert (unbanned.status_code, unbanned.json()["code"]) == (409, "not_suspended")
    assert (await decide(client, admin, newcomer, "decline")).status_code == 200
    refused = await sign_in(client, newcomer["email"], PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_up_declined")
    await work()
    assert "Your account was declined" in subjects(services, newcomer["email"])
    async with services.database.transaction(recorded=False) as tx:
        days = await tx.value(
            float,
            "select extract(epoch from due_at - now()) / 86400 from pending_deletions"
            " where user_id = $1",
            newcomer["id"],
        )
        assert days is not None
        assert 6.9 < days <= 7
        messages = "select count(*) from sign_up_requests where user_id = $1"
        assert await tx.value(int, messages, newcomer["id"]) == 0


async def sign_up_member(client: httpx.AsyncClient, set_mode: SetMode) -> dict[str, str]:
    """Sign somebody up while everybody may; return what signs their requests."""
    await set_mode("open")
    member = await sign_up(client)
    await set_mode("approval")
    return {"Authorization": f"Bearer {member['access_token']}"}


async def test_two_decisions_at_once_are_one(
    client: httpx.AsyncClient, set_mode: SetMode, moderator: Person, admin: Person
):
    await set_mode("approval")
    newcomer = await apply(client)
    answers = await asyncio.gather(
        decide(client, moderator, newcomer, "accept"), decide(client, admin, newcomer, "decline")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 404]


async def test_the_queue_is_bounded_and_old_requests_are_declined(
    client: httpx.AsyncClient,
    services: Services,
    set_mode: SetMode,
    monkeypatch: pytest.MonkeyPatch,
):
    await set_mode("approval")
    first = await apply(client)
    monkeypatch.setattr(rules, "MAX_WAITING", 1)
    full = await client.post("auth/register", json=registration(message=MESSAGE))
    assert (full.status_code, full.json()["code"]) == (503, "sign_up_queue_full")
    assert full.headers["retry-after"] == str(rules.QUEUE_RETRY_S)

    async with services.database.transaction(recorded=False) as tx:
        old = "update sign_up_requests set created_at = now() - interval '91 days'"
        await tx.run(old)
    await jobs.decline_old_requests(services.database)
    refused = await sign_in(client, first["email"], PASSWORD)
    assert refused.json()["code"] == "sign_up_declined"
    await apply(client)


async def test_deciding_on_nobody_is_refused(client: httpx.AsyncClient, moderator: Person):
    nobody = {"id": str(UserId(new_id()))}
    for decision in ("accept", "decline"):
        assert (await decide(client, moderator, nobody, decision)).status_code == 404
