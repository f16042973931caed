"""Sending reports over HTTP, and what is stored."""

import asyncio
from uuid import UUID, uuid4

import msgspec
import pytest

from tests import make
from tests.application import openapi_document
from tests.support.waiting import until_somebody_waits
from veza.app.report_targets import REPORTABLE
from veza.core.errors import Unauthenticated
from veza.core.ids import ReportId
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.moderation.reports import queries, rules, service
from veza.domains.moderation.reports.errors import ContentNotFound
from veza.domains.moderation.reports.models import ReportAction, ReportForm, ReportResolution


async def shown(client, moderator, report_id):
    answer = await client.get(f"admin/reports/{report_id}", headers=moderator.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def comment_on(client, track_id, person, content="Rude words"):
    answer = await client.post(
        f"tracks/{track_id}/comments", headers=person.headers, json={"content": content}
    )
    return answer.json()["data"]["id"]


async def test_a_reporter_sees_only_that_the_report_is_pending(report, reporter, track_id):
    answer = await report(reporter, "track", track_id)

    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    assert set(data) == {"id", "content_type", "content_id", "status", "created_at"}
    assert (data["content_type"], data["content_id"]) == ("track", str(track_id))
    assert data["status"] == "pending"


async def test_a_track_is_kept_as_it_was_when_it_was_first_reported(
    client, services, report, reporter, author, moderator, track_id
):
    made = (await report(reporter, "track", track_id)).json()["data"]
    change = {"title": "Harmless", "description": ""}
    await client.put(f"tracks/{track_id}", headers=author.headers, json=change)
    again = (await report(await make.person(services), "track", track_id)).json()["data"]
    await client.delete(f"tracks/{track_id}", headers=author.headers)

    kept = await shown(client, moderator, made["id"])

    assert again["id"] == made["id"]
    assert (kept["evidence"]["title"], kept["evidence"]["description"]) == ("Night Ferry", "By me.")
    assert kept["evidence"]["username"] == author.username
    assert kept["author"] == make.shown(author) | {"is_suspended": False}
    assert kept["reporters_count"] == 2


async def test_a_comment_is_kept_with_its_track(
    client, services, report, reporter, moderator, track_id
):
    rude = await make.person(services)
    comment_id = await comment_on(client, track_id, rude)
    made = (await report(reporter, "comment", comment_id)).json()["data"]
    await client.delete(f"tracks/{track_id}/comments/{comment_id}", headers=rude.headers)

    kept = await shown(client, moderator, made["id"])

    assert (kept["content_id"], kept["author"]["id"]) == (comment_id, str(rude.id))
    evidence = kept["evidence"]
    assert (evidence["content"], evidence["track_id"]) == ("Rude words", str(track_id))
    assert evidence["track_title"] == "Night Ferry"


async def test_a_member_is_kept_with_name_and_bio(
    client, services, report, reporter, author, moderator
):
    bio = {"bio": "Buy followers here."}
    name = {"display_name": "Cheap followers"}
    await client.put("users/me", headers=author.headers, json=bio)
    await client.put(f"profiles/{author.id}", headers=author.headers, json=name)
    made = (await report(reporter, "user", author.id)).json()["data"]
    another = {"bio": "", "username": f"y{author.username[1:]}"}
    assert (await client.put("users/me", headers=author.headers, json=another)).status_code == 200

    kept = await shown(client, moderator, made["id"])

    assert kept["evidence"] == {"username": author.username} | name | bio
    assert kept["author"]["username"] == another["username"]


async def test_reports_of_the_same_item_are_combined(client, services, report, moderator, track_id):
    people = [await make.person(services) for _ in range(12)]
    answers = await asyncio.gather(
        *(report(who, "track", track_id, f"Reason {n}") for n, who in enumerate(people))
    )

    assert {answer.status_code for answer in answers} == {201}
    ids = {answer.json()["data"]["id"] for answer in answers}
    assert len(ids) == 1
    one = await shown(client, moderator, ids.pop())
    assert one["reporters_count"] == len(one["entries"]) == 12
    assert {entry["reporter"]["id"] for entry in one["entries"]} == {str(p.id) for p in people}
    assert {entry["reason"] for entry in one["entries"]} == {f"Reason {n}" for n in range(12)}


async def test_reporting_twice_is_the_same_as_once(client, report, reporter, moderator, track_id):
    answers = await asyncio.gather(
        *(report(reporter, "track", track_id, f"Reason {n}") for n in range(5))
    )

    assert {answer.status_code for answer in answers} == {201}
    one = await shown(client, moderator, answers[0].json()["data"]["id"])
    assert one["reporters_count"] == len(one["entries"]) == 1


async def test_an_id_of_another_content_type_is_404(report, reporter, author, track_id):
    as_user = (await report(reporter, "user", author.id)).json()["data"]["id"]
    as_track = (await report(reporter, "track", track_id)).json()["data"]["id"]

    assert as_user != as_track
    assert (await report(reporter, "track", author.id)).status_code == 404


async def test_after_a_resolution_an_item_can_be_reported_again(
    report, judge, reporter, moderator, track_id
):
    first = (await report(reporter, "track", track_id)).json()["data"]["id"]
    assert (await judge(moderator, first, "dismiss")).status_code == 200

    second = (await report(reporter, "track", track_id)).json()["data"]
    assert second["id"] != first
    assert second["status"] == "pending"


@pytest.mark.parametrize("kind", list(REPORTABLE))
async def test_an_unknown_item_cannot_be_reported(report, reporter, kind):
    answer = await report(reporter, kind, uuid4())

    assert (answer.status_code, answer.json()["code"]) == (404, "content_not_found")


async def test_an_invisible_item_cannot_be_reported(services, report, reporter, author):
    async with services.database.transaction() as tx:
        private = await make.bare_track(tx, author.member, "Mine", visibility="private")
        sql = """
            insert into track_comments (id, track_id, author_id, content)
                 values ($1, $2, $3, 'Between us')
        """
        comment_id = uuid4()
        await tx.run(sql, comment_id, private, author.id)
    gone = await make.person(services)
    link = await make.share(services, gone, await make.cloud_file(services, gone))
    await make.suspended(services, gone)

    things = (("track", private), ("comment", comment_id), ("cloud_share", link.id))
    for kind, thing in things:
        answer = await report(reporter, kind, thing)
        assert (answer.status_code, answer.json()["code"]) == (404, "content_not_found")


async def test_a_hidden_item_cannot_be_reported(client, services, report, reporter, track_id):
    rude = await make.person(services)
    comment_id = await comment_on(client, track_id, rude)
    await make.suspended(services, rude)

    assert (await report(reporter, "comment", comment_id)).status_code == 404
    assert (await report(reporter, "user", rude.id)).status_code == 404


async def test_members_cannot_report_themselves(client, report, author, track_id):
    comment_id = await comment_on(client, track_id, author)

    for kind, thing in (("user", author.id), ("track", track_id), ("comment", comment_id)):
        answer = await report(author, kind, thing)
        assert (answer.status_code, answer.json()["code"]) == (409, "own_content"), kind


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"content_type": "planet"}, "content_type"),
        ({"content_type": ""}, "content_type"),
        ({"content_type": "x" * 51}, "content_type"),
        ({"content_type": 5}, "content_type"),
        ({"content_id": "me"}, "content_id"),
        ({"content_id": None}, "content_id"),
        ({"reason": ""}, "reason"),
        ({"reason": " \n\t "}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"reason": ["Stolen."]}, "reason"),
    ],
)
async def test_a_wrong_report_is_refused_by_its_field(client, reporter, track_id, change, field):
    body = {"content_type": "track", "content_id": str(track_id), "reason": "Stolen."} | change

    answer = await client.post("reports", headers=reporter.headers, json=body)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == field


@pytest.mark.parametrize("missing", ["content_type", "content_id", "reason"])
async def test_all_fields_are_required(client, reporter, track_id, missing):
    body = {"content_type": "track", "content_id": str(track_id), "reason": "Stolen."}
    del body[missing]

    answer = await client.post("reports", headers=reporter.headers, json=body)

    fault = {"field": missing, "message": "This field is missing.", "rule": "missing"}
    assert answer.json()["details"] == [fault]


async def test_reporting_requires_a_signed_in_member(client, track_id):
    body = {"content_type": "track", "content_id": str(track_id), "reason": "Stolen."}

    assert (await client.post("reports", json=body)).status_code == 401


@pytest.mark.parametrize("reason", ["🌊" * 1000, "<script>alert(1)</script>", "é\n" * 400])
async def test_reasons_are_kept_as_written(client, report, reporter, moderator, track_id, reason):
    made = (await report(reporter, "track", track_id, reason)).json()["data"]

    assert (await shown(client, moderator, made["id"]))["entries"][0]["reason"] == reason.strip()


async def test_reports_are_limited_per_hour(services, report, reporter, author, monkeypatch):
    monkeypatch.setattr(rules, "MAX_REPORTS", 3)
    answers = [await report(reporter, "user", uuid4()) for _ in range(2)]
    answers += [await report(reporter, "user", author.id) for _ in range(2)]

    # Tries that lead nowhere count too, so that nobody finds out by them what there is.
    assert [answer.status_code for answer in answers] == [404, 404, 201, 429]
    assert answers[-1].json()["code"] == "too_many_reports"
    assert 0 < int(answers[-1].headers["retry-after"]) <= rules.REPORTS_WINDOW_S
    assert (await report(await make.person(services), "user", author.id)).status_code == 201


async def test_the_document_names_what_can_be_reported():
    document = msgspec.json.decode(openapi_document())

    kinds = document["components"]["schemas"]["ReportForm"]["properties"]["content_type"]["enum"]
    assert kinds == list(REPORTABLE)


@pytest.mark.parametrize("gone", ["author", "reporter"])
async def test_a_report_during_an_erasure_is_refused(services, author, reporter, gone):
    leaving = {"author": author, "reporter": reporter}[gone]

    async def find_late(conn, user_id: UUID, viewer):
        evidence = await member_accounts.find_evidence(conn, user_id, viewer)
        async with services.database.transaction() as tx:
            await tx.run("delete from users where id = $1", leaving.id)
        return evidence

    desk = msgspec.structs.replace(services.report_context, content_types={"user": find_late})
    form = ReportForm("user", author.id, "Stolen.")
    with pytest.raises(ContentNotFound if gone == "author" else Unauthenticated):
        await service.create_report(services.database, desk, reporter.member, form)


@pytest.mark.parametrize("is_judged", [False, True])
async def test_a_report_during_a_resolution_opens_a_new_report(
    services, report, reporter, admin, track_id, is_judged
):
    first = ReportId(UUID((await report(reporter, "track", track_id)).json()["data"]["id"]))
    other = await make.person(services)
    form = ReportForm("track", track_id, "Mine too.")

    async with services.database.transaction() as tx:
        # It may meet the verdict before it is written down, or after.
        await queries.lock_report(tx, first, admin.id)
        if is_judged:
            await service.resolve_report(
                tx, first, admin.member, ReportResolution(ReportAction.RESOLVE)
            )
        reporting = asyncio.create_task(
            service.create_report(services.database, services.report_context, other.member, form)
        )
        await until_somebody_waits(services.database)
        if not is_judged:
            await service.resolve_report(
                tx, first, admin.member, ReportResolution(ReportAction.RESOLVE)
            )
    assert (await reporting).id != first
