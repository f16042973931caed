"""Staff decides nothing about a page of theirs, and does not read who reported it, or them."""

from typing import Any

import httpx
import pytest

from tests import make
from tests.domains.moderation.copyright.copyright_steps import decide as decide_notice
from tests.domains.moderation.copyright.copyright_steps import send_confirmed
from tests.domains.moderation.takedowns.takedown_fixtures import take_down
from veza.core.access import Role
from veza.domains.moderation.appeals.queries.appeals import lock_appeal

__all__ = ["take_down"]


class Own:
    """A page that a moderator owns, one of its posts with a report, and a post taken down."""

    def __init__(self, client: httpx.AsyncClient, staff: make.Person, page: make.Page) -> None:
        self.client, self.staff, self.page = client, staff, page
        self.ids: dict[str, Any] = {}

    async def send(self, method: str, path: str, **json: Any) -> httpx.Response:
        body = {"json": json} if method == "post" else {}
        return await self.client.request(method, path, headers=self.staff.headers, **body)

    async def try_way(self, way: str) -> httpx.Response:
        report, takedown, page = self.ids["report"], self.ids["takedown"], self.page.id
        taken = {"content_type": "post", "content_id": self.ids["post"], "category": "spam"}
        method, path, json = {
            "resolve": ("post", f"admin/reports/{report}/resolve", {"action": "dismiss"}),
            "take down": ("post", "admin/takedowns", taken | {"reason": "Spam."}),
            "undo": ("delete", f"admin/takedowns/{takedown}", {}),
            "appeal": (
                "post",
                f"admin/appeals/{self.ids['appeal']}/decide",
                {"outcome": "reverse", "reason": "Fine."},
            ),
            "history": ("get", f"admin/users/{page}/moderation", {}),
            "sanctions": ("get", f"admin/users/{page}/sanctions", {}),
            "show": ("get", f"admin/reports/{report}", {}),
            "files": ("post", f"admin/cases/{report}/files", {}),
            "files of a take-down": ("post", f"admin/cases/{takedown}/files", {}),
        }[way]
        return await self.send(method, path, **json)


@pytest.fixture
async def own(client, services, ann, take_down) -> Own:
    staff = await make.person(services, Role.MODERATOR)
    other = await make.person(services, Role.ADMIN)
    page = await make.page(services, staff)
    made = Own(client, staff, page)
    posts = []
    for text in ("Buy this", "Buy that"):
        answer = await client.post("social/posts", headers=page.headers, json={"content": text})
        posts.append(answer.json()["data"]["id"])
    body = {"content_type": "post", "content_id": posts[0], "reason": "Spam."}
    reported = await client.post("reports", headers=ann.headers, json=body)
    assert reported.status_code == 201, reported.text
    taken = await take_down(other, "post", posts[1], category="spam")
    assert taken.status_code == 201, taken.text
    made.ids = {"post": posts[0], "report": reported.json()["data"]["id"]}
    made.ids["takedown"] = taken.json()["data"]["id"]
    appealed = await client.post(
        f"takedowns/{made.ids['takedown']}/appeal", headers=page.headers, json={"text": "No."}
    )
    assert appealed.status_code in (200, 201), appealed.text
    listed = await client.get("admin/appeals", headers=other.headers)
    made.ids["appeal"] = next(
        each["id"]
        for each in listed.json()["data"]["appeals"]
        if each["item"] and each["item"]["takedown_id"] == made.ids["takedown"]
    )
    return made


@pytest.mark.parametrize(
    ("way", "status", "code"),
    [
        ("resolve", 403, "own_case"),
        ("take down", 403, "own_item"),
        ("undo", 403, "own_item"),
        ("appeal", 403, "own_appeal"),
        ("history", 403, "own_history"),
        ("sanctions", 403, "own_history"),
        ("show", 403, "own_case"),
        ("files", 404, "case_not_found"),
        ("files of a take-down", 404, "case_not_found"),
    ],
)
async def test_staff_decides_nothing_about_a_page_of_theirs(own, way, status, code):
    answer = await own.try_way(way)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_notices_about_a_page_are_for_others(client, services, own):
    async with services.database.transaction() as tx:
        track = await make.bare_track(tx, own.page.as_owner.member, "Ours")
    notice_id, _ = await send_confirmed(client, services, f"/tracks/{track}")
    refused = await decide_notice(client, own.staff, notice_id, "reject")
    assert (refused.status_code, refused.json()["code"]) == (403, "own_item")
    path = "admin/copyright/notices"
    shown = await own.send("get", f"{path}/{notice_id}")
    assert (shown.status_code, shown.json()["code"]) == (403, "own_item")
    other = await make.person(services, Role.MODERATOR)
    for who in (own.staff, other):
        listed = await client.get(f"{path}?limit=100", headers=who.headers)
        found = {each["id"] for each in listed.json()["data"]["notices"]}
        assert (str(notice_id) in found) is (who is other)
    # In the register as in the list: it names who sent a notice.
    member, other = [await make.person(services, Role.ADMIN) for _ in range(2)]
    async with services.database.transaction() as tx:
        sql = "insert into profile_members values ($1, $2, 'manager', false)"
        await tx.run(sql, own.page.id, member.id)
    for who in (member, other):
        answer = await client.get("admin/copyright/register", headers=who.headers)
        assert answer.status_code == 200, answer.text
        assert (str(notice_id) in answer.text) is (who is other)


@pytest.mark.parametrize(
    ("path", "thing"), [("admin/takedowns", "takedown"), ("admin/appeals", "appeal")]
)
async def test_what_is_about_a_page_is_in_the_lists_of_others(client, services, own, path, thing):
    other = await make.person(services, Role.MODERATOR)
    totals = []
    for who in (own.staff, other):
        listed = await client.get(f"{path}?limit=100", headers=who.headers)
        data = listed.json()["data"]
        found = {each["id"] for each in data[f"{thing}s"]}
        assert (own.ids[thing] in found) is (who is other)
        totals.append(data["total"])
    assert totals[1] - totals[0] == 1


async def test_another_lifts_the_suspension_of_a_page(client, services):
    staff = await make.person(services, Role.ADMIN)
    page = await make.page(services, staff)
    async with services.database.transaction() as tx:
        sql = "update users set suspended_at = now(), suspension_reason = 'x' where id = $1"
        await tx.run(sql, page.id)
    form = {"action": "unsuspend", "reason": "Fine.", "user_ids": [str(page.id)]}
    preview = await client.post("admin/bulk/members/preview", headers=staff.headers, json=form)
    assert preview.json()["data"]["skipped"] == {"about_you": 1}, preview.text
    path = f"admin/users/{page.id}/unban"
    refused = await client.post(path, headers=staff.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_history")
    other = await make.person(services, Role.ADMIN)
    preview = await client.post("admin/bulk/members/preview", headers=other.headers, json=form)
    assert preview.json()["data"]["affected"] == 1
    # Who is in the page when it runs is asked again.
    async with services.database.transaction() as tx:
        sql = "insert into profile_members values ($1, $2, 'manager', false)"
        await tx.run(sql, page.id, other.id)
    run = {"token": preview.json()["data"]["token"]}
    done = await client.post("admin/bulk/members", headers=other.headers, json=run)
    assert (done.json()["data"]["applied"], done.json()["data"]["skipped"]) == (
        0,
        {"about_you": 1},
    )
    third = await make.person(services, Role.ADMIN)
    assert (await client.post(path, headers=third.headers)).status_code == 200


async def test_another_suspends_a_page(client, services):
    staff, other = [await make.person(services, Role.ADMIN) for _ in range(2)]
    page = await make.page(services, other)
    async with services.database.transaction() as tx:
        sql = "insert into profile_members values ($1, $2, 'manager', false)"
        await tx.run(sql, page.id, staff.id)
    path, reason = f"admin/users/{page.id}/suspend", {"reason": "Spam."}
    refused = await client.post(path, headers=staff.headers, json=reason)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_history")
    form = {"action": "suspend", "user_ids": [str(page.id)]} | reason
    preview = await client.post("admin/bulk/members/preview", headers=staff.headers, json=form)
    assert preview.json()["data"]["skipped"] == {"about_you": 1}, preview.text
    texts = {"content_type": "profile", "content_id": str(page.id), "category": "spam"} | reason
    refused = await client.post("admin/takedowns", headers=staff.headers, json=texts)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_item")
    third = await make.person(services, Role.ADMIN)
    assert (await client.post(path, headers=third.headers, json=reason)).status_code == 200


async def test_reports_about_staff_and_their_pages_are_neither_listed_nor_closed_together(
    client, services, own, ann
):
    async with services.database.transaction() as tx:
        post = await make.post(tx, own.staff.member)
    body = {"content_type": "post", "content_id": str(post), "reason": "Rude."}
    personal = (await client.post("reports", headers=ann.headers, json=body)).json()["data"]["id"]
    about = {own.ids["report"], personal}
    form = {"action": "dismiss", "report_ids": sorted(about)}
    preview = await client.post("admin/bulk/reports/preview", headers=own.staff.headers, json=form)
    assert preview.json()["data"]["skipped"] == {"about_you": 2}
    other = await make.person(services, Role.MODERATOR)
    totals = []
    for who in (own.staff, other):
        listed = await client.get("admin/reports?limit=100", headers=who.headers)
        found = {each["id"] for each in listed.json()["data"]["reports"]}
        assert found & about == (set() if who is own.staff else about)
        totals.append(listed.json()["data"]["total"])
    assert totals[1] - totals[0] == 2


async def test_other_staff_in_the_page_does_not_count_as_other_staff(services, own):
    """The rule that the decider may not decide again needs somebody who is not of the page."""
    async with services.database.transaction() as tx:
        sql = """
            update users set suspended_at = now(), suspension_reason = 'x'
             where role in ('admin', 'moderator') and id <> $1
        """
        await tx.run(sql, own.staff.id)
        found = await lock_appeal(tx, own.ids["appeal"], own.staff.id)
        assert found is not None
        assert found.is_own
        assert not found.has_other_staff
