"""Closing many reports at once."""

from typing import Any

import httpx

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import new_id


async def test_reports_are_dismissed_together_and_reporters_counted(
    client: httpx.AsyncClient, services: Services
):
    moderator = await make.person(services, Role.MODERATOR)
    other = await make.person(services, Role.MODERATOR)
    author, reporter = await make.person(services), await make.person(services)
    async with services.database.transaction() as tx:
        posts = [await make.post(tx, author.member) for _ in range(3)]
        posts.append(await make.post(tx, moderator.member))
    ids = [await _report(client, reporter, post_id) for post_id in posts]
    path = f"admin/reports/{ids[0]}/resolve"
    await client.post(path, json={"action": "resolve"}, headers=moderator.headers)
    form: dict[str, Any] = {"action": "dismiss", "report_ids": [*ids, str(new_id())]}
    preview = "admin/bulk/reports/preview"
    answer = await client.post(preview, json=form, headers=moderator.headers)

    shown = answer.json()["data"]
    assert (shown["affected"], shown["reporters_count"]) == (2, 2)
    assert shown["skipped"] == {"already_resolved": 1, "about_you": 1, "not_found": 1}
    # Another moderator is faster with one of them.
    path = f"admin/reports/{ids[1]}/resolve"
    await client.post(path, json={"action": "resolve"}, headers=moderator.headers)
    done = await client.post(
        "admin/bulk/reports", json={"token": shown["token"]}, headers=moderator.headers
    )
    result = {"action": "dismiss", "total": 2, "applied": 1, "skipped": {"already_resolved": 1}}
    assert done.json()["data"] == result
    statuses = [
        (await client.get(f"admin/reports/{each}", headers=other.headers)).json()["data"]
        for each in ids
    ]
    assert [each["status"] for each in statuses] == [
        "resolved",
        "resolved",
        "dismissed",
        "pending",
    ]
    # Only admins change members.
    form = {"action": "suspend", "reason": "Spam.", "user_ids": [str(author.id)]}
    preview = "admin/bulk/members/preview"
    answer = await client.post(preview, json=form, headers=moderator.headers)
    assert answer.status_code == 403


async def _report(client: httpx.AsyncClient, reporter: Person, post_id: object) -> str:
    body = {"content_type": "post", "content_id": str(post_id), "reason": "Spam."}
    answer = await client.post("reports", json=body, headers=reporter.headers)
    return answer.json()["data"]["id"]
