"""Listing and resolving reports over HTTP, and the consequences."""

import asyncio

import pytest

from tests import make
from tests.domains.auth.accounts.people import is_signed_in
from tests.domains.auth.factors.steps import let_proofs_age
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.moderation.reports import rules


@pytest.fixture
async def pending(report, reporter, track_id):
    """The id of a report of the author's track."""
    return (await report(reporter, "track", track_id)).json()["data"]["id"]


async def sanctions_of(client, moderator, person):
    path = f"admin/users/{person.id}/sanctions"
    answer = await client.get(path, headers=moderator.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["sanctions"]


@pytest.mark.parametrize(
    ("action", "status"),
    [("resolve", "resolved"), ("dismiss", "dismissed"), ("warn", "resolved"), ("ban", "resolved")],
)
async def test_a_resolution_is_stored_with_its_moderator_and_time(
    services, judge, admin, reporter, pending, action, status
):
    answer = await judge(admin, pending, action, reason=" Too much. ")

    assert answer.status_code == 200, answer.text
    one = answer.json()["data"]
    assert (one["status"], one["action"], one["reason"]) == (status, action, "Too much.")
    assert one["resolved_by"] == make.shown(admin)
    assert one["resolved_at"].endswith("Z")
    told = await make.told(services, reporter)
    assert [(n.kind, n.report.outcome, n.reason) for n in told] == [("report_closed", action, None)]


@pytest.mark.parametrize("action", ["resolve", "dismiss"])
async def test_a_dismissal_is_not_notified_to_the_author(
    client, services, judge, moderator, author, pending, action
):
    await judge(moderator, pending, action, reason="Nothing to see.")

    assert await make.told(services, author) == []
    assert await sanctions_of(client, moderator, author) == []
    assert await is_signed_in(client, author.token)


async def test_a_warned_author_is_told_the_reason_and_never_the_reporter(
    client, services, judge, moderator, author, reporter, track_id, pending
):
    await judge(moderator, pending, "warn", reason="Name your sources.")

    [told] = await make.told(services, author)
    assert (told.kind, told.reason) == ("warned", "Name your sources.")
    assert (told.report.content_type, told.report.content_id) == ("track", track_id)
    assert str(reporter.id) not in str(told)
    assert reporter.username not in str(told)
    assert await is_signed_in(client, author.token)
    [sanction] = await sanctions_of(client, moderator, author)
    assert (sanction["action"], sanction["reason"]) == ("warn", "Name your sources.")
    assert sanction["report_id"] == pending
    assert sanction["decided_by"]["id"] == str(moderator.id)


@pytest.mark.parametrize("action", ["warn", "ban"])
@pytest.mark.parametrize("more", [{}, {"reason": None}])
async def test_without_a_reason_the_author_gets_the_default_one(
    services, judge, admin, author, pending, action, more
):
    assert (await judge(admin, pending, action, **more)).status_code == 200

    [told] = await make.told(services, author)
    assert told.reason == rules.DEFAULT_REASON


async def test_a_suspended_author_is_signed_out_and_hidden(
    client, services, judge, admin, author, track_id, pending
):
    answer = await judge(admin, pending, "ban", reason="Sold what others made.")

    assert answer.json()["data"]["author"]["is_suspended"]
    assert not await is_signed_in(client, author.token)
    assert (await client.get(f"tracks/{track_id}")).status_code == 404
    [told] = await make.told(services, author)
    assert (told.kind, told.reason) == ("banned", "Sold what others made.")
    shown = await client.get(f"admin/users/{author.id}", headers=admin.headers)
    assert shown.json()["data"]["suspension_reason"] == "Sold what others made."
    assert shown.json()["data"]["suspended_at"] is not None


@pytest.mark.parametrize("kind", ["user", "comment"])
async def test_a_suspension_works_for_every_type_of_report(
    client, services, report, judge, admin, reporter, track_id, kind
):
    rude = await make.person(services)
    path = f"tracks/{track_id}/comments"
    said = await client.post(path, headers=rude.headers, json={"content": "Rude"})
    thing = {"user": str(rude.id), "comment": said.json()["data"]["id"]}[kind]
    report_id = (await report(reporter, kind, thing)).json()["data"]["id"]

    assert (await judge(admin, report_id, "ban")).status_code == 200

    assert not await is_signed_in(client, rude.token)
    assert (await client.get(path)).json()["data"]["comments"] == []


async def test_a_second_report_can_be_resolved_by_suspending_a_suspended_author(
    client, services, report, judge, admin, reporter, author, track_id, pending
):
    second = (await report(reporter, "user", author.id)).json()["data"]["id"]
    await judge(admin, pending, "ban", reason="First.")

    assert (await judge(admin, second, "ban", reason="Second.")).status_code == 200

    shown = await client.get(f"admin/users/{author.id}", headers=admin.headers)
    assert shown.json()["data"]["suspension_reason"] == "First."
    reasons = [one["reason"] for one in await sanctions_of(client, admin, author)]
    assert reasons == ["Second.", "First."]


@pytest.mark.parametrize("action", ["resolve", "dismiss", "warn", "ban"])
async def test_a_second_resolution_is_refused_and_changes_nothing(
    client, services, judge, admin, author, pending, action
):
    await judge(admin, pending, "dismiss")

    answer = await judge(admin, pending, action)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_resolved")
    assert await is_signed_in(client, author.token)
    assert await make.told(services, author) == []


async def test_of_concurrent_resolutions_one_wins(services, judge, author, reporter, pending):
    judges = [await make.person(services, Role.MODERATOR) for _ in range(6)]
    actions = ["resolve", "dismiss", "warn"] * 2

    answers = await asyncio.gather(
        *(judge(who, pending, action) for who, action in zip(judges, actions, strict=True))
    )

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] + [409] * 5
    [won] = [answer.json()["data"] for answer in answers if answer.status_code == 200]
    assert [n.report.outcome for n in await make.told(services, reporter)] == [won["action"]]
    assert len(await make.told(services, author)) == (won["action"] == "warn")


async def test_every_reporter_is_told_the_outcome(
    services, report, judge, moderator, reporter, track_id, pending
):
    others = [await make.person(services) for _ in range(3)]
    for who in others:
        await report(who, "track", track_id)

    await judge(moderator, pending, "resolve")

    for who in (reporter, *others):
        [told] = await make.told(services, who)
        assert (told.kind, told.report.outcome) == ("report_closed", "resolve")


async def test_moderators_are_refused_before_they_prove_who_they_are(
    client, services, judge, moderator, author, pending
):
    await let_proofs_age(services, moderator.id)

    answer = await judge(moderator, pending, "ban")

    assert (answer.status_code, answer.json()["code"]) == (403, "ban_needs_admin")
    assert await is_signed_in(client, author.token)
    assert (await judge(moderator, pending, "warn")).status_code == 200


async def test_moderators_cannot_resolve_reports_about_themselves(
    services, report, judge, reporter, moderator, admin
):
    about = (await report(reporter, "user", moderator.id)).json()["data"]["id"]

    answer = await judge(moderator, about, "dismiss")

    assert (answer.status_code, answer.json()["code"]) == (403, "own_case")
    assert (await judge(admin, about, "dismiss")).status_code == 200


async def test_an_admin_cannot_be_suspended_by_a_report(
    client, services, report, judge, reporter, admin
):
    other = await make.person(services, Role.ADMIN)
    about = (await report(reporter, "user", other.id)).json()["data"]["id"]

    answer = await judge(admin, about, "ban")

    assert (answer.status_code, answer.json()["code"]) == (409, "admin_protected")
    assert await is_signed_in(client, other.token)
    # Nothing of it was written.
    one = (await client.get(f"admin/reports/{about}", headers=admin.headers)).json()["data"]
    assert (one["status"], one["action"]) == ("pending", None)
    assert await make.told(services, other) == []


async def test_a_report_without_author_can_only_be_resolved_or_dismissed(
    services, judge, admin, author, pending
):
    async with services.database.transaction() as tx:
        await tx.run("delete from users where id = $1", author.id)

    answer = await judge(admin, pending, "warn")
    assert (answer.status_code, answer.json()["code"]) == (409, "author_gone")
    assert (await judge(admin, pending, "resolve")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"action": "burn"}, {"action": None}, {"action": "warn", "reason": "x" * 1001}, [], None],
)
async def test_an_invalid_resolution_is_refused(client, moderator, pending, body):
    path = f"admin/reports/{pending}/resolve"
    answer = await client.post(path, headers=moderator.headers, json=body)

    assert answer.status_code == 400, answer.text


async def test_an_unknown_report_is_404(client, judge, moderator):
    assert (await judge(moderator, str(new_id()), "dismiss")).status_code == 404
    answer = await client.get(f"admin/reports/{new_id()}", headers=moderator.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "report_not_found")


@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 401), (Role.USER, 403), (Role.CREATOR, 403), (Role.MODERATOR, 200), (Role.ADMIN, 200)],
)
async def test_reports_are_for_moderators_and_admins(
    client, services, pending, author, role, status
):
    headers = (await make.person(services, role)).headers if role else {}
    for path in ("admin/reports", f"admin/reports/{pending}", f"admin/users/{author.id}/sanctions"):
        assert (await client.get(path, headers=headers)).status_code == status, path
    verdict = {"action": "dismiss"}
    path = f"admin/reports/{pending}/resolve"
    assert (await client.post(path, headers=headers, json=verdict)).status_code == status


async def listed(client, moderator, **query):
    answer = await client.get("admin/reports", params=query, headers=moderator.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


@pytest.mark.parametrize("status", ["pending", "resolved", "dismissed"])
async def test_reports_are_listed_by_status_newest_first(
    client, services, report, judge, reporter, moderator, status
):
    verdicts = {"resolved": "warn", "dismissed": "dismiss"}
    ids = []
    for _ in range(3):
        author = await make.person(services)
        made = (await report(reporter, "user", author.id)).json()["data"]["id"]
        ids.insert(0, made)
        if status in verdicts:
            await judge(moderator, made, verdicts[status])

    page = await listed(client, moderator, status=status, limit=3)

    assert [one["id"] for one in page["reports"]] == ids
    assert {one["status"] for one in page["reports"]} == {status}
    assert page["total"] >= 3
    following = await listed(client, moderator, status=status, limit=2, offset=2)
    assert following["reports"][0]["id"] == ids[2]
    everything = await listed(client, moderator, status="all", limit=3)
    assert [one["id"] for one in everything["reports"]] == ids
    beyond = await listed(client, moderator, status=status, offset=9_900, limit=100)
    assert (beyond["reports"], beyond["total"]) == ([], page["total"])


async def test_a_list_shows_the_first_ten_reporters_and_counts_all(
    client, services, report, moderator, author
):
    people = [await make.person(services) for _ in range(12)]
    for n, who in enumerate(people):
        made = await report(who, "user", author.id, f"Reason {n}")

    page = await listed(client, moderator, limit=100)

    [one] = [one for one in page["reports"] if one["id"] == made.json()["data"]["id"]]
    assert one["reporters_count"] == 12
    assert [entry["reason"] for entry in one["entries"]] == [f"Reason {n}" for n in range(10)]


@pytest.mark.parametrize(
    "query", ["status=open", "limit=0", "limit=101", "offset=-1", "offset=9999", "offset=abc"]
)
async def test_an_invalid_list_request_is_refused(client, moderator, query):
    answer = await client.get(f"admin/reports?{query}", headers=moderator.headers)

    assert answer.status_code == 400, answer.text
