"""Staff takes items down; only their owners see them, with the reason, until they come back."""

import asyncio
from datetime import timedelta

import pytest

from tests import make
from tests.domains.auth.factors.steps import let_proofs_age
from tests.domains.moderation.mail_steps import mails_to
from tests.domains.moderation.takedowns.takedown_steps import show, undo
from veza.app.domains import PERSONAL_DATA
from veza.core.clock import now
from veza.core.ids import ReleaseId, new_id
from veza.core.visibility import Visibility
from veza.domains.music.releases.service.publication import publish_due

KINDS = ("track", "release", "playlist", "product")


@pytest.mark.parametrize("kind", KINDS)
async def test_an_item_is_hidden_from_all_but_its_owner_and_comes_back_as_it_was(
    client, items, take_down, artist, moderator, ann, kind
):
    content_id, path = items[kind]
    before = {who: (await show(client, path, who)).json()["data"] for who in (None, ann, artist)}

    taken = await take_down(moderator, kind, content_id)
    assert taken.status_code == 201, taken.text
    shown = taken.json()["data"]
    assert (shown["content_id"], shown["category"]) == (str(content_id), "copyright")
    assert (shown["owner"]["id"], shown["permanent"]) == (str(artist.id), False)
    assert shown["decided_by"]["id"] == str(moderator.id)

    for who in (None, ann, moderator):
        assert (await show(client, path, who)).status_code == 404
    own = (await show(client, path, artist)).json()["data"]
    reasons = own.pop("taken_down")
    assert reasons["category"] == "copyright"
    assert reasons["reason"] == "It is the recording of another member."
    assert reasons["appeal_url"].endswith(f"/api/v1/takedowns/{shown['id']}/appeal")
    assert (reasons["automated"], reasons["automation"]) == (False, None)
    assert "second notice" not in str(own)
    # What the owner chose is shown, so that a form that sends all of it changes nothing.
    chosen = "status" if kind == "product" else "visibility"
    assert own[chosen] == before[artist][chosen]

    again = await take_down(moderator, kind, content_id)
    assert (again.status_code, again.json()["code"]) == (409, "already_taken_down")

    back = await undo(client, moderator, shown["id"])
    assert back.status_code == 200, back.text
    assert back.json()["data"]["undone_by"]["id"] == str(moderator.id)
    for who, was in before.items():
        assert (await show(client, path, who)).json()["data"] == was
    again = await undo(client, moderator, shown["id"])
    assert (again.status_code, again.json()["code"]) == (409, "takedown_over")
    assert (await take_down(moderator, kind, content_id)).status_code == 201


@pytest.mark.parametrize("kind", KINDS)
async def test_what_its_owner_changes_meanwhile_shows_nothing_and_counts_after_the_undo(
    client, items, take_down, artist, moderator, ann, kind
):
    content_id, path = items[kind]
    taken = (await take_down(moderator, kind, content_id)).json()["data"]
    change = {"title": "Another name"}
    publish = {"status": "published"} if kind == "product" else {"visibility": "public"}
    answer = await client.put(path, headers=artist.headers, json=change | publish)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["taken_down"]["category"] == "copyright"
    assert (await show(client, path, ann)).status_code == 404

    edited = await client.get(
        "admin/takedowns", headers=moderator.headers, params={"status": "edited"}
    )
    [found] = [one for one in edited.json()["data"]["takedowns"] if one["id"] == taken["id"]]
    assert found["edited_at"]

    hidden = {"status": "draft"} if kind == "product" else {"visibility": "private"}
    assert (await client.put(path, headers=artist.headers, json=hidden)).status_code == 200
    await undo(client, moderator, taken["id"])
    assert (await show(client, path, ann)).status_code == 404
    assert (await client.put(path, headers=artist.headers, json=publish)).status_code == 200
    assert (await show(client, path, ann)).json()["data"]["title"] == "Another name"


async def test_links_and_roles_do_not_show_what_is_taken_down(
    client, services, items, take_down, artist, moderator, ann
):
    track_id, path = items["track"]
    await client.put(path, headers=artist.headers, json={"visibility": "private"})
    signed = (await show(client, path, artist)).json()["data"]["waveform_url"]
    playlist_id, playlist = items["playlist"]
    answer = await client.put(f"{playlist}/editors/{ann.id}", headers=artist.headers)
    assert answer.is_success, answer.text
    mine = "users/me/playlists"
    assert str(playlist_id) in (await show(client, mine, ann)).text

    await take_down(moderator, "track", track_id)
    await take_down(moderator, "playlist", playlist_id)

    assert (await client.get(signed)).json()["code"] == "track_not_found"
    assert (await show(client, playlist, ann)).status_code == 404
    assert str(playlist_id) not in (await show(client, mine, ann)).text
    assert str(playlist_id) in (await show(client, mine, artist)).text


async def test_a_release_is_not_published_by_its_schedule_before_it_comes_back(
    client, services, take_down, artist, moderator
):
    moment = now() + timedelta(hours=1)
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, artist.member, "Later", visibility="private")
        release_id = await make.release(
            tx, artist.member, "Later", track_id, visibility=Visibility.PRIVATE, publish_at=moment
        )
    taken = (await take_down(moderator, "release", release_id)).json()["data"]

    async def publish():
        async with services.database.transaction() as tx:
            return await publish_due(tx, ReleaseId(release_id), moment)

    assert not await publish()
    # One that its owner publishes meanwhile takes its tracks along after the undo.
    body = {"visibility": "public"}
    path = f"releases/{release_id}"
    assert (await client.put(path, headers=artist.headers, json=body)).status_code == 200
    assert (await show(client, f"tracks/{track_id}")).status_code == 404
    await undo(client, moderator, taken["id"])
    assert (await show(client, path)).json()["data"]["published_at"]
    assert (await show(client, f"tracks/{track_id}")).status_code == 200


async def test_two_at_once_take_it_down_once(items, take_down, moderator, admin):
    content_id, _ = items["track"]
    answers = await asyncio.gather(
        *(take_down(staff, "track", content_id) for staff in (moderator, admin) * 2)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_an_edit_beside_a_take_down_does_not_show_it(
    client, items, take_down, artist, moderator
):
    content_id, path = items["track"]
    await asyncio.gather(
        take_down(moderator, "track", content_id),
        *(
            client.put(path, headers=artist.headers, json={"visibility": visibility})
            for visibility in ("unlisted", "public", "private", "public")
        ),
    )
    assert (await show(client, path)).status_code == 404


async def test_who_may_take_what_down(
    client, services, items, take_down, artist, moderator, admin, ann
):
    content_id, _ = items["track"]
    assert (await take_down(ann, "track", content_id)).status_code == 403
    permanent = await take_down(moderator, "track", content_id, permanent=True)
    assert permanent.json()["code"] == "permanent_needs_admin"
    await let_proofs_age(services, admin.id)
    for large in ({"permanent": True}, {"category": "illegal"}, {"revoke_purchases": True}):
        answer = await take_down(admin, "track", content_id, **large)
        assert (answer.status_code, answer.json()["code"]) == (403, "step_up_needed")
    async with services.database.transaction() as tx:
        own = await make.bare_track(tx, moderator.member, "By staff")
    assert (await take_down(moderator, "track", own)).json()["code"] == "own_item"
    missing = await take_down(moderator, "track", artist.id)
    assert (missing.status_code, missing.json()["code"]) == (404, "content_not_found")
    assert (await take_down(moderator, "nothing", content_id)).status_code == 400
    blank = await take_down(moderator, "track", content_id, reason=" ")
    assert blank.status_code == 400
    assert (await undo(client, moderator, artist.id)).status_code == 404


async def test_the_owner_is_told_and_appeals_and_a_granted_appeal_brings_it_back(
    client, services, items, take_down, artist, moderator, admin, ann
):
    content_id, path = items["track"]
    taken = (await take_down(moderator, "track", content_id)).json()["data"]
    mails = await mails_to(services, f"{artist.username}@example.com")
    assert [subject for subject, _ in mails] == ["Something of yours was taken down"]
    assert "184" in mails[0][1]
    told = (await show(client, "notifications", artist)).json()["data"]["notifications"]
    assert [(one["kind"], one["reason"]) for one in told] == [
        ("item_taken_down", "It is the recording of another member.")
    ]
    [sanction] = (await show(client, "sanctions", artist)).json()["data"]["sanctions"]
    assert sanction["item"] == {
        "takedown_id": taken["id"],
        "content_type": "track",
        "content_id": str(content_id),
        "title": "Corner Store",
        "category": "copyright",
        "permanent": False,
        "ground": "law",
        "automated": False,
        "automation": None,
        "part_of": None,
    }
    # Nobody reported it; see below for what somebody did.
    assert not sanction["by_notice"]
    assert not sanction["by_program"]

    appeal = f"takedowns/{taken['id']}/appeal"
    words = {"text": "I have the licence."}
    assert (await client.post(appeal, headers=ann.headers, json=words)).status_code == 404
    filed = await client.post(appeal, headers=artist.headers, json=words)
    assert filed.status_code == 201, filed.text
    again = await client.post(appeal, headers=artist.headers, json=words)
    assert (again.status_code, again.json()["code"]) == (409, "already_appealed")

    page = await client.get("admin/appeals", headers=admin.headers, params={"limit": 100})
    [waiting] = [
        one for one in page.json()["data"]["appeals"] if one["member"]["id"] == str(artist.id)
    ]
    assert waiting["item"]["content_id"] == str(content_id)
    decide = f"admin/appeals/{waiting['id']}/decide"
    verdict = {"outcome": "reverse", "reason": "The licence covers it."}
    own = await client.post(decide, headers=moderator.headers, json=verdict)
    assert own.json()["code"] == "other_staff_needed"
    granted = await client.post(decide, headers=admin.headers, json=verdict)
    assert granted.status_code == 200, granted.text
    assert granted.json()["data"]["decision"]["action"] == "restore"
    assert (await show(client, path)).status_code == 200
    listed = await client.get(
        "admin/takedowns", headers=admin.headers, params={"status": "undone", "limit": 100}
    )
    found = next(one for one in listed.json()["data"]["takedowns"] if one["id"] == taken["id"])
    assert (found["appeal"], found["undone_by"]["id"]) == ("reversed", str(admin.id))


async def test_an_undo_closes_the_appeal(client, services, items, take_down, artist, moderator):
    content_id, _ = items["track"]
    taken = (await take_down(moderator, "track", content_id)).json()["data"]
    appeal = f"takedowns/{taken['id']}/appeal"
    await client.post(appeal, headers=artist.headers, json={"text": "It is mine."})
    await undo(client, moderator, taken["id"])
    await make.delivered(services)
    [sanction] = (await show(client, "sanctions", artist)).json()["data"]["sanctions"]
    assert (sanction["appeal"]["status"], sanction["is_in_force"]) == ("reversed", False)


async def test_a_report_is_resolved_and_its_reporters_are_told(
    client, services, items, take_down, report, reporter, ann, artist, moderator
):
    content_id, _ = items["release"]
    made = [(await report(who, "release", content_id)).json()["data"] for who in (reporter, ann)]
    await take_down(moderator, "release", content_id)
    await make.delivered(services)
    for who in (reporter, ann):
        [told] = (await show(client, "notifications", who)).json()["data"]["notifications"]
        assert told["kind"] == "report_closed"
    [sanction] = (await show(client, "sanctions", artist)).json()["data"]["sanctions"]
    assert (sanction["by_notice"], sanction["by_program"]) == (True, False)
    async with services.database.transaction() as tx:
        for sql in (
            "delete from report_entries where report_id = $1 and reporter_id <> $2",
            """update report_entries set by_filter = true, reporter_id = null
                where report_id = $1 and reporter_id = $2""",
        ):
            await tx.run(sql, made[0]["id"], reporter.id)
    [sanction] = (await show(client, "sanctions", artist)).json()["data"]["sanctions"]
    assert (sanction["by_notice"], sanction["by_program"]) == (False, True), "A program is nobody."
    shown = await show(client, f"admin/reports/{made[0]['id']}", moderator)
    assert (shown.json()["data"]["status"], shown.json()["data"]["action"]) == (
        "resolved",
        "takedown",
    )


async def test_buyers_keep_what_they_bought_unless_it_is_illegal(
    client, services, take_down, artist, moderator, ann
):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, artist.member, "Sold")
        product_id = await make.product(tx, artist.member, "Sold", type="track", track_id=track_id)
        order_id = await make.bought(tx, ann.member, product_id)
    downloads = f"marketplace/orders/{order_id}/downloads"
    await make.product_file(services, artist, product_id)
    cart = {"items": [{"product_id": str(product_id)}]}
    bob = await make.person(services)

    async def files():
        return (await show(client, downloads, ann)).json()["data"]["downloads"]

    async def buy():
        headers = bob.headers | {"Idempotency-Key": str(new_id())}
        return await client.post("marketplace/orders", headers=headers, json=cart)

    kept = await files()
    assert kept
    for kind, content_id in (("track", track_id), ("product", product_id)):
        taken = (await take_down(moderator, kind, content_id)).json()["data"]
        assert len(await files()) == len(kept)
        # Nobody buys it any more.
        assert (await buy()).status_code in {404, 409}
        await undo(client, moderator, taken["id"])
        await let_proofs_age(services, moderator.id, -11)
        taken = (await take_down(moderator, kind, content_id, category="illegal")).json()["data"]
        assert taken["revokes_purchases"]
        refused = (await show(client, downloads, ann)).json()
        assert refused["code"] == "purchase_taken_down"
        gone = await client.get(kept[0]["url"])
        assert gone.status_code == 404
        await undo(client, moderator, taken["id"])
        assert len(await files()) == len(kept)


async def test_what_is_taken_down_for_good_is_deleted_after_the_days_of_an_appeal(
    client, services, items, take_down, artist, admin
):
    await let_proofs_age(services, admin.id, -11)
    taken = {}
    for kind in KINDS:
        answer = await take_down(admin, kind, items[kind][0], permanent=True)
        assert answer.status_code == 201, answer.text
        taken[kind] = answer.json()["data"]["id"]
    appeal = f"takedowns/{taken['playlist']}/appeal"
    await client.post(appeal, headers=artist.headers, json={"text": "Please."})

    await make.deleted_for_good(services)
    for kind in KINDS:
        assert (await show(client, items[kind][1], artist)).status_code == 200
    async with services.database.transaction() as tx:
        sql = "update takedowns set created_at = now() - interval '185 days' where owner_id = $1"
        await tx.run(sql, artist.id)
    await make.deleted_for_good(services)

    for kind in KINDS:
        expected = 200 if kind == "playlist" else 404
        assert (await show(client, items[kind][1], artist)).status_code == expected
    answer = await undo(client, admin, taken["track"])
    assert (answer.status_code, answer.json()["code"]) == (409, "item_deleted")


async def test_an_export_names_take_downs_and_an_erasure_leaves_their_category_alone(
    client, services, items, take_down, artist, moderator, admin, count
):
    content_id, _ = items["track"]
    taken = (await take_down(moderator, "track", content_id)).json()["data"]
    async with services.database.read() as conn:
        [told] = await PERSONAL_DATA["takedowns"].export(conn, artist.id)
    assert (told.title, told.reason) == ("Corner Store", "It is the recording of another member.")
    assert not hasattr(told, "note")
    async with services.database.transaction() as tx:
        await PERSONAL_DATA["takedowns"].erase(tx, artist.id)
    left = "select count(*)::int from takedowns where id = $1 and category = 'copyright'"
    assert await count(f"{left} and reason is null and content_id is null", taken["id"]) == 1
    answer = await undo(client, moderator, taken["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "item_deleted")
