"""Notes of staff about members, and the history of members."""

import pytest

from tests import make
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.moderation.appeals import personal_data, rules


async def write(client, staff, person, text="Asked twice."):
    path = f"admin/users/{person.id}/notes"
    return await client.post(path, headers=staff.headers, json={"text": text})


async def history(client, staff, person, **query):
    path = f"admin/users/{person.id}/moderation"
    answer = await client.get(path, headers=staff.headers, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_staff_writes_reads_and_deletes_notes(client, services, moderator, admin, author):
    other = await make.person(services, Role.MODERATOR)
    answer = await write(client, moderator, author, " Asked twice. ")
    assert answer.status_code == 201, answer.text
    await write(client, other, author, "Answered.")

    path = f"admin/users/{author.id}/notes"
    notes = (await client.get(path, headers=admin.headers)).json()["data"]["notes"]
    assert [(one["text"], one["author"]["id"]) for one in notes] == [
        ("Answered.", str(other.id)),
        ("Asked twice.", str(moderator.id)),
    ]

    [of_other, of_moderator] = [f"admin/notes/{one['id']}" for one in notes]
    refused = await client.delete(of_other, headers=moderator.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "note_of_another")
    assert (await client.delete(of_moderator, headers=moderator.headers)).status_code == 200
    assert (await client.delete(of_other, headers=admin.headers)).status_code == 200
    gone = await client.delete(of_other, headers=admin.headers)
    assert (gone.status_code, gone.json()["code"]) == (404, "note_not_found")


async def test_staff_learns_nothing_of_notes_about_themselves(client, services, moderator, admin):
    other = await make.person(services, Role.ADMIN)
    about = (await write(client, other, admin)).json()["data"]["notes"][0]["id"]

    for path in (f"admin/users/{admin.id}/notes", f"admin/users/{admin.id}/moderation"):
        answer = await client.get(path, headers=admin.headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "own_history")
    assert (await write(client, admin, admin)).status_code == 403
    gone = await client.delete(f"admin/notes/{about}", headers=admin.headers)
    assert (gone.status_code, gone.json()["code"]) == (404, "note_not_found")
    assert (await write(client, moderator, admin)).status_code == 201


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, None])
async def test_an_invalid_note_is_refused(client, moderator, author, text):
    assert (await write(client, moderator, author, text)).status_code == 400


async def test_notes_about_nobody_and_too_many_are_refused(client, services, moderator, author):
    path = f"admin/users/{new_id()}/notes"
    answer = await client.post(path, headers=moderator.headers, json={"text": "Who?"})
    assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")
    async with services.database.transaction(recorded=False) as tx:
        sql = """
            insert into member_notes (id, user_id, text)
            select gen_random_uuid(), $1, 'x' from generate_series(1, $2)
        """
        await tx.run(sql, author.id, rules.MAX_NOTES)

    answer = await write(client, moderator, author)

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_notes")


async def test_a_history_tells_everything_in_order_and_by_pages(
    client, services, judge, report, reporter, author, moderator, admin
):
    made = (await report(reporter, "user", author.id)).json()["data"]["id"]
    await judge(moderator, made, "warn", reason="Be kind.")
    sanctions = await client.get("sanctions", headers=author.headers)
    page = sanctions.json()["data"]["sanctions"][0]["page"]
    path = f"sanctions/{page.removeprefix('/appeal/').replace('#', '/appeal?')}"
    filed = await client.post(path, json={"text": "I was kind."})
    assert filed.status_code == 201, filed.text
    await write(client, admin, author, "A misunderstanding?")
    [appeal_id] = [
        entry["id"]
        for entry in (await history(client, admin, author))["entries"]
        if entry["type"] == "appeal"
    ]
    body = {"outcome": "uphold", "reason": "No."}
    await client.post(f"admin/appeals/{appeal_id}/decide", headers=admin.headers, json=body)

    everything = (await history(client, moderator, author))["entries"]

    seen = [(each["type"], each["action"], each["status"], each["text"]) for each in everything]
    assert seen[0] == ("sanction", "uphold", None, "No.")
    assert seen[1] == ("note", None, None, "A misunderstanding?")
    assert seen[2] == ("appeal", "warn", "upheld", "I was kind.")
    # Both are of one moment.
    assert sorted(seen[3:5]) == [
        ("sanction", "warn", None, "Be kind."),
        ("verdict", "warn", "resolved", "Be kind."),
    ]
    assert seen[5:] == [("report", None, "resolved", None)]
    assert everything[1]["by"] == make.shown(admin)
    assert {each["report_id"] for each in everything[2:]} == {made}
    assert str(reporter.id) not in str(everything)

    pages, cursor = [], None
    while cursor is not None or not pages:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await history(client, moderator, author, **query)
        pages.append(page["entries"])
        cursor = page["next_cursor"]
    assert [len(page) for page in pages] == [2, 2, 2]
    assert [each for page in pages for each in page] == everything


async def test_the_export_tells_notes_without_their_authors_and_erasure_deletes_them(
    client, services, moderator, author
):
    await write(client, moderator, author)
    async with services.database.transaction() as tx:
        exported = await personal_data.export(tx, author.id)
        assert [note.text for note in exported.notes] == ["Asked twice."]
        assert moderator.username not in str(exported)
        assert (await personal_data.export(tx, moderator.id)).notes == []

        await personal_data.erase(tx, moderator.id)
        assert len((await personal_data.export(tx, author.id)).notes) == 1
        await personal_data.erase(tx, author.id)
        assert (await personal_data.export(tx, author.id)).notes == []
