"""Appeals of members against warnings and suspensions, and what staff decides on them."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from tests import make
from tests.domains.auth.accounts.people import PASSWORD, sign_in, sign_up
from tests.domains.moderation.mail_steps import mails_to
from veza.core.access import Role
from veza.core.ids import UserId, new_id
from veza.domains.moderation.appeals.queries.appeals import find_suspension, lock_appeal

WORDS = {"text": "It is my own recording."}


async def suspend(client, admin, user_id, reason="Enough."):
    path = f"admin/users/{user_id}/suspend"
    answer = await client.post(path, headers=admin.headers, json={"reason": reason})
    assert answer.status_code == 200, answer.text


async def warn(judge, report, reporter, staff, person):
    made = (await report(reporter, "user", person.id)).json()["data"]["id"]
    assert (await judge(staff, made, "warn", reason="Be kind.")).status_code == 200
    return made


async def sanctions_of(client, person):
    answer = await client.get("sanctions", headers=person.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["sanctions"]


async def decide(client, staff, appeal_id, outcome="reverse", reason="Convincing."):
    body = {"outcome": outcome, "reason": reason}
    path = f"admin/appeals/{appeal_id}/decide"
    return await client.post(path, headers=staff.headers, json=body)


async def find_appeal(client, staff, user_id, status="pending"):
    answer = await client.get(
        "admin/appeals", headers=staff.headers, params={"status": status, "limit": 100}
    )
    assert answer.status_code == 200, answer.text
    page = answer.json()["data"]
    appeals = page["appeals"]
    assert {one["status"] for one in appeals} == {status}
    assert page["total"] == len(appeals) or page["total"] > 100
    return next(one for one in appeals if one["member"]["id"] == str(user_id))


def parts_of(link):
    """Return the id of the sanction and the query of a link."""
    found = re.search(r"/appeal/([0-9a-f-]{36})#(\S+)", link)
    return found[1], {name: values[0] for name, values in parse_qs(found[2]).items()}


async def test_a_suspended_member_appeals_from_the_refused_sign_in_and_is_let_in_again(
    client, services, admin, moderator
):
    someone = await sign_up(client)
    user_id, email = UserId(someone["user"]["id"]), someone["email"]
    await suspend(client, admin, user_id)

    wrong = await sign_in(client, email, "not the password")
    assert "link" not in wrong.json()
    refused = await sign_in(client, email, PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (403, "account_suspended")
    sanction_id, signed = parts_of(refused.json()["link"])
    ended = await client.post("auth/refresh", json={"refresh_token": someone["refresh_token"]})
    assert parts_of(ended.json()["link"])[0] == sanction_id
    path = f"sanctions/{sanction_id}"
    shown = (await client.get(path, params=signed)).json()["data"]
    assert (shown["action"], shown["reason"], shown["may_appeal"]) == ("ban", "Enough.", True)
    assert admin.username not in str(shown)

    filed = await client.post(f"{path}/appeal", params=signed, json=WORDS)
    assert filed.status_code == 201, filed.text
    assert filed.json()["data"]["appeal"]["status"] == "pending"
    again = await client.post(f"{path}/appeal", params=signed, json=WORDS)
    assert (again.status_code, again.json()["code"]) == (409, "already_appealed")

    waiting = await find_appeal(client, moderator, user_id)
    assert waiting["sanction"]["decided_by"]["id"] == str(admin.id)
    for staff, code in ((moderator, "appeal_needs_admin"), (admin, "other_staff_needed")):
        # There is another admin.
        other = await make.person(services, Role.ADMIN)
        answer = await decide(client, staff, waiting["id"])
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    answer = await decide(client, other, waiting["id"], reason=" Convincing. ")
    assert answer.status_code == 200, answer.text
    settled = answer.json()["data"]
    assert (settled["status"], settled["decision"]["action"]) == ("reversed", "unban")
    assert settled["decision"]["reason"] == "Convincing."
    assert settled["decision"]["decided_by"]["id"] == str(other.id)
    again = await decide(client, other, waiting["id"])
    assert (again.status_code, again.json()["code"]) == (409, "appeal_decided")

    assert (await sign_in(client, email, PASSWORD)).status_code == 200
    shown = (await client.get(path, params=signed)).json()["data"]
    assert (shown["is_in_force"], shown["appeal"]["decision"]) == (False, "Convincing.")
    mails = await mails_to(services, email)
    subjects = {subject for subject, _ in mails}
    assert {"Your account is suspended", "Your account is open again"} <= subjects
    mailed = next(text for subject, text in mails if subject == "Your account is suspended")
    same_id, signed = parts_of(mailed)
    assert same_id == sanction_id
    assert (await client.get(path, params=signed)).status_code == 200


async def test_a_warned_member_appeals_and_the_warning_is_withdrawn(
    client, services, judge, report, reporter, author, moderator
):
    await warn(judge, report, reporter, moderator, author)
    [sanction] = await sanctions_of(client, author)
    sanction_id, signed = parts_of(sanction["page"])
    path = f"sanctions/{sanction_id}"

    # Being signed in admits nobody, the link does.
    for answer in (
        await client.get(path, headers=author.headers),
        await client.post(f"{path}/appeal", headers=author.headers, json=WORDS),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "sanction_not_found")
    assert await sanctions_of(client, reporter) == []
    empty = await client.post(f"{path}/appeal", params=signed, json={"text": "  "})
    assert empty.status_code == 400
    filed = await client.post(f"{path}/appeal", params=signed, json=WORDS)
    assert filed.status_code == 201, filed.text

    other = await make.person(services, Role.MODERATOR)
    waiting = await find_appeal(client, other, author.id)
    assert (await decide(client, other, waiting["id"])).status_code == 200
    [sanction] = await sanctions_of(client, author)
    assert (sanction["is_in_force"], sanction["appeal"]["status"]) == (False, "reversed")
    told = [(n.kind, n.reason) for n in await make.told(services, author)]
    assert told[0] == ("warning_withdrawn", "Convincing.")
    mails = await mails_to(services, f"{author.username}@example.com")
    assert [subject for subject, _ in mails] == ["A warning", "A warning was withdrawn"]


async def test_an_upheld_appeal_leaves_the_suspension_and_tells_why(
    client, services, admin, author
):
    await suspend(client, admin, author.id)
    async with services.database.read() as conn:
        link = await services.login_context.offer_appeal(conn, author.id)
    sanction_id, signed = parts_of(link)
    path = f"sanctions/{sanction_id}"
    assert (await client.post(f"{path}/appeal", params=signed, json=WORDS)).status_code == 201

    other = await make.person(services, Role.ADMIN)
    waiting = await find_appeal(client, other, author.id)
    answer = await decide(client, other, waiting["id"], "uphold", "It is theirs.")

    assert answer.json()["data"]["member"]["is_suspended"]
    shown = (await client.get(path, params=signed)).json()["data"]
    assert (shown["is_in_force"], shown["may_appeal"]) == (True, False)
    assert (shown["appeal"]["status"], shown["appeal"]["decision"]) == ("upheld", "It is theirs.")
    mails = await mails_to(services, f"{author.username}@example.com")
    [decided] = [text for subject, text in mails if subject == "Your appeal was decided"]
    assert parts_of(decided)[0] == sanction_id


async def test_a_link_admits_to_its_own_sanction_until_it_expires(client, services, admin, author):
    other = await make.person(services)
    for person in (author, other):
        await suspend(client, admin, person.id)
    async with services.database.read() as conn:
        own_id, signed = parts_of(await services.login_context.offer_appeal(conn, author.id))
        foreign_id, _ = parts_of(await services.login_context.offer_appeal(conn, other.id))
        assert await services.login_context.offer_appeal(conn, admin.id) is None

    for sanction_id, query in (
        (foreign_id, signed),
        (own_id, signed | {"expires": str(int(signed["expires"]) + 1)}),
        (own_id, {}),
        (new_id(), signed),
    ):
        answer = await client.post(f"sanctions/{sanction_id}/appeal", params=query, json=WORDS)
        assert (answer.status_code, answer.json()["code"]) == (404, "sanction_not_found")


async def test_a_lifted_suspension_closes_its_appeal_and_takes_no_other(
    client, services, admin, author
):
    other = await make.person(services)
    for person in (author, other):
        await suspend(client, admin, person.id)
    async with services.database.read() as conn:
        links = [
            parts_of(await services.login_context.offer_appeal(conn, person.id))
            for person in (author, other)
        ]
    own_id, signed = links[0]
    await client.post(f"sanctions/{own_id}/appeal", params=signed, json=WORDS)
    waiting = await find_appeal(client, admin, author.id)
    for person in (author, other):
        path = f"admin/users/{person.id}/unban"
        lifted = await client.post(path, headers=admin.headers, json={"reason": "A mistake."})
        assert lifted.status_code == 200
    # Before the event of it has arrived.
    second = await make.person(services, Role.ADMIN)
    answer = await decide(client, second, waiting["id"], "uphold")
    assert (answer.status_code, answer.json()["code"]) == (409, "sanction_over")

    await make.delivered(services)

    closed = await find_appeal(client, admin, author.id, "reversed")
    assert (closed["id"], closed["decision"]["reason"]) == (waiting["id"], "A mistake.")
    sanction_id, signed = links[1]
    answer = await client.post(f"sanctions/{sanction_id}/appeal", params=signed, json=WORDS)
    assert (answer.status_code, answer.json()["code"]) == (409, "sanction_over")


async def test_a_suspension_that_nobody_decided_on_is_not_an_earlier_one(tx):
    member, _ = await make.member_in(tx)
    suspend_now = "update users set suspended_at = now(), suspension_reason = 'x' where id = $1"
    await tx.run(suspend_now, member.id)
    sql = """
        insert into moderation_actions (id, user_id, action, reason, decided_at)
             values ($1, $2, $3, 'Enough.', now() + $4::interval)
    """
    await tx.run(sql, new_id(), member.id, "ban", timedelta(days=-2))
    await tx.run(sql, new_id(), member.id, "warn", timedelta())
    assert await find_suspension(tx, member.id) is None
    in_force = new_id()
    await tx.run(sql, in_force, member.id, "ban", timedelta())
    assert await find_suspension(tx, member.id) == in_force


async def test_other_staff_is_active_and_has_not_decided_itself(tx):
    member, _ = await make.member_in(tx)
    decided, _ = await make.member_in(tx, Role.ADMIN)
    case = await make.moderation_case(tx, member)
    sql = "update moderation_actions set decided_by = $2 where id = $1"
    await tx.run(sql, case.appealed_id, decided.id)

    async def has_other_staff():
        return (await lock_appeal(tx, case.appeal_id, decided.id)).has_other_staff

    sql = """
        update users set suspended_at = now(), suspension_reason = 'x'
         where role in ('admin', 'moderator') and id <> $1
    """
    await tx.run(sql, decided.id)
    assert not await has_other_staff()
    await make.member_in(tx, Role.MODERATOR)
    assert await has_other_staff()
    await tx.run("update moderation_actions set action = 'ban' where id = $1", case.appealed_id)
    assert not await has_other_staff(), "Suspensions are for admins."
    await tx.run("update users set role = 'admin' where id = $1", member.id)
    assert not await has_other_staff(), "It is about them."
    await make.member_in(tx, Role.ADMIN)
    assert await has_other_staff()


async def test_of_concurrent_appeals_and_decisions_one_counts(
    client, services, judge, report, reporter, author, moderator
):
    await warn(judge, report, reporter, moderator, author)
    [sanction] = await sanctions_of(client, author)
    sanction_id, signed = parts_of(sanction["page"])
    path = f"sanctions/{sanction_id}/appeal"

    filed = await asyncio.gather(*(client.post(path, params=signed, json=WORDS) for _ in range(4)))

    assert sorted(answer.status_code for answer in filed) == [201, 409, 409, 409]
    waiting = await find_appeal(client, moderator, author.id)
    staff = [await make.person(services, Role.MODERATOR) for _ in range(4)]
    outcomes = ["uphold", "reverse"] * 2
    decided = await asyncio.gather(
        *(
            decide(client, who, waiting["id"], outcome)
            for who, outcome in zip(staff, outcomes, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in decided) == [200, 409, 409, 409]
    kinds = [n.kind for n in await make.told(services, author)]
    assert len(kinds) == 2


async def test_an_appeal_after_six_months_is_refused(
    client, services, judge, report, reporter, author, moderator
):
    await warn(judge, report, reporter, moderator, author)
    async with services.database.transaction(recorded=False) as tx:
        sql = """
            update moderation_actions set decided_at = now() - interval '184 days'
             where user_id = $1
        """
        await tx.run(sql, author.id)
    [sanction] = await sanctions_of(client, author)
    assert not sanction["may_appeal"]

    sanction_id, signed = parts_of(sanction["page"])
    path = f"sanctions/{sanction_id}/appeal"
    answer = await client.post(path, params=signed, json=WORDS)

    assert (answer.status_code, answer.json()["code"]) == (409, "appeal_too_late")


@pytest.mark.parametrize(
    ("role", "status"), [(None, 401), (Role.USER, 403), (Role.CREATOR, 403), (Role.MODERATOR, 200)]
)
async def test_cases_are_for_staff(client, services, author, role, status):
    headers = (await make.person(services, role)).headers if role else {}
    paths = (
        "admin/appeals",
        f"admin/users/{author.id}/moderation",
        f"admin/users/{author.id}/notes",
    )
    for path in paths:
        assert (await client.get(path, headers=headers)).status_code == status, path
