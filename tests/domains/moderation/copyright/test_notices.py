"""From the public form to the decision of staff, the counter-notice, and the return of an item."""

import asyncio
import csv
import io

import pytest

from tests import make
from tests.domains.moderation.copyright.copyright_steps import (
    COUNTER,
    counter,
    decide,
    let_days_pass,
    mails_to,
    restore_due,
    send_confirmed,
    show,
)
from veza.core.ids import new_id
from veza.domains.moderation.copyright.service import decisions

PENDING = make.NoticeState.PENDING


async def is_shown(client, path):
    return (await client.get(path)).status_code == 200


async def decided_on(client, owner, path):
    """Return whether nobody decided on an item yet, and why a program hid it, as on its page."""
    taken_down = (await client.get(path, headers=owner.headers)).json()["data"]["taken_down"]
    return taken_down["automated"], taken_down["automation"]


async def own_notices(client, owner):
    answer = await client.get("copyright/notices", headers=owner.headers)
    return answer.json()["data"]["notices"]


async def test_a_notice_hides_an_item_until_its_owner_has_objected_for_two_weeks(
    client, services, items, artist, moderator, ann
):
    track_id, path = items["track"]
    urls = f"https://music.example/{path}?from=mail", f"/tracks/{new_id()}"
    notice_id, claimant = await send_confirmed(client, services, *urls)
    listed = await client.get("admin/copyright/notices", headers=moderator.headers)
    assert notice_id in [each["id"] for each in listed.json()["data"]["notices"]]
    assert await is_shown(client, path)
    assert await own_notices(client, artist) == []

    found = await show(client, moderator, notice_id)
    named, unknown = found["items"]
    assert (named["content_type"], named["content_id"]) == ("track", str(track_id))
    assert (named["owner"]["id"], named["is_hidden"]) == (str(artist.id), False)
    assert (unknown["url"], unknown["content_type"], unknown["owner"]) == (urls[1], None, None)
    assert (found["email"], found["signature"]) == (claimant, "Ada Ferry")

    upheld = await decide(client, moderator, notice_id, "uphold", note="Their label says so.")
    assert upheld.status_code == 200, upheld.text
    assert upheld.json()["data"]["items"][0]["is_hidden"]
    assert not await is_shown(client, path)
    taken_down = (await client.get(path, headers=artist.headers)).json()["data"]["taken_down"]
    assert (taken_down["category"], taken_down["reason"]) == (
        "copyright",
        "It is the recording of another.",
    )
    again = await decide(client, moderator, notice_id, "reject")
    assert (again.status_code, again.json()["code"]) == (409, "notice_decided")

    [own] = await own_notices(client, artist)
    assert (own["id"], own["signature"], own["counter"]) == (notice_id, "Ada Ferry", None)
    assert [item["is_hidden"] for item in own["items"]] == [True]
    assert claimant not in str(own)
    assert await own_notices(client, ann) == []
    wrong = await counter(client, ann, notice_id)
    assert (wrong.status_code, wrong.json()["code"]) == (404, "notice_not_found")
    sent = await counter(client, artist, notice_id)
    assert sent.status_code == 201, sent.text
    assert (sent.json()["data"]["counter"] or {})["statement"] == COUNTER["statement"]
    twice = await counter(client, artist, notice_id)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_countered")

    mails = await mails_to(services, claimant)
    assert [subject for subject, _ in mails] == [
        "Confirm your copyright notice",
        "Your copyright notice was upheld",
        "A counter-notice against your copyright notice",
    ]
    quoted = "\n".join(COUNTER.values()).split("\n")
    assert all(f"> {line}" in mails[2][1] for line in quoted)
    assert artist.username not in "".join(text for _, text in mails)

    await ensure_it_comes_back(client, services, notice_id, path)
    [own] = await own_notices(client, artist)
    assert own["counter"]["restored_at"]
    assert [item["is_hidden"] for item in own["items"]] == [False]
    assert (await mails_to(services, claimant))[-1][0] == (
        "What your copyright notice named is shown again"
    )
    told = await client.get("notifications", headers=artist.headers)
    kinds = [each["kind"] for each in told.json()["data"]["notifications"]]
    assert kinds == ["item_restored", "item_taken_down"]


async def ensure_it_comes_back(client, services, notice_id, path):
    """Ensure that an item comes back fourteen days after a counter-notice, and not before."""
    for days in (0, 13):
        await let_days_pass(services, notice_id, days)
        await restore_due(services)
        assert not await is_shown(client, path)
    await let_days_pass(services, notice_id, 2)
    for _ in range(2):
        await restore_due(services)
        assert await is_shown(client, path)


async def test_a_claim_at_a_court_keeps_it_hidden(client, services, items, artist, moderator):
    _, path = items["release"]
    notice_id, _ = await send_confirmed(client, services, path)
    owner_id = str(artist.id)
    early = await decide(client, moderator, notice_id, "claim_filed", owner_id=owner_id)
    assert (early.status_code, early.json()["code"]) == (409, "no_counter_waits")
    await decide(client, moderator, notice_id, "uphold")
    assert (await counter(client, artist, notice_id)).status_code == 201
    countered = await client.get(
        "admin/copyright/notices", headers=moderator.headers, params={"status": "countered"}
    )
    assert notice_id in [each["id"] for each in countered.json()["data"]["notices"]]

    unnamed = await decide(client, moderator, notice_id, "claim_filed")
    assert unnamed.json()["details"][0]["field"] == "owner_id"
    noted = await decide(client, moderator, notice_id, "claim_filed", owner_id=owner_id)
    assert noted.json()["data"]["counters"][0]["claim_filed_at"]
    await let_days_pass(services, notice_id)
    await restore_due(services)
    assert not await is_shown(client, path)
    assert (await own_notices(client, artist))[0]["counter"]["restored_at"] is None


@pytest.mark.long
async def test_by_a_setting_it_is_hidden_before_staff_looks(
    client, services, items, artist, moderator, configure
):
    configure(hides_at_once=True)
    (_, path), (_, playlist) = items["track"], items["playlist"]
    notice_id, claimant = await send_confirmed(client, services, path)
    second, _ = await send_confirmed(client, services, playlist)
    assert not await is_shown(client, path)

    async def reasons():
        answer = await client.get("sanctions", headers=artist.headers)
        return {each["item"]["title"]: each for each in answer.json()["data"]["sanctions"]}

    stated = (await reasons())["Corner Store"]
    assert (stated["item"]["automated"], stated["item"]["automation"]) == (True, "notice")
    assert await decided_on(client, artist, path) == (True, "notice")
    assert stated["by_notice"]
    assert stated["reason"].startswith("Night Ferry Records: The recording")
    assert [each["id"] for each in await own_notices(client, artist)] == [second, notice_id]

    blank = await decide(client, moderator, notice_id, "reject", reason="  ")
    assert blank.json()["details"][0]["field"] == "reason"
    rejected = await decide(client, moderator, notice_id, "reject", reason="It is a cover version.")
    assert rejected.json()["data"]["decided_by"]["id"] == str(moderator.id)
    assert await is_shown(client, path)
    subject, text = (await mails_to(services, claimant))[-1]
    assert (subject, "It is a cover version." in text) == (
        "Your copyright notice was rejected",
        True,
    )
    late = await counter(client, artist, notice_id)
    assert (late.status_code, late.json()["code"]) == (409, "nothing_to_counter")

    await decide(client, moderator, second, "uphold")
    assert not await is_shown(client, playlist)
    item = (await reasons())["Night bus"]["item"]
    assert (item["automated"], item["automation"]) == (False, "notice")
    assert await decided_on(client, artist, playlist) == (False, "notice")


@pytest.mark.long
async def test_what_another_notice_hides_stays_hidden_until_that_is_over_too(
    client, services, items, artist, moderator, take_down
):
    track_id, path = items["track"]
    first, _ = await send_confirmed(client, services, path)
    second, _ = await send_confirmed(client, services, str(track_id))
    for notice_id in (first, second):
        assert (await decide(client, moderator, notice_id, "uphold")).status_code == 200
    for notice_id in (first, second):
        assert not await is_shown(client, path)
        assert (await counter(client, artist, notice_id)).status_code == 201
        await let_days_pass(services, notice_id)
        await restore_due(services)
    assert await is_shown(client, path)

    # What is hidden for another reason stays so, whatever becomes of a notice.
    spam = await take_down(moderator, "track", track_id, category="spam")
    assert spam.status_code == 201
    third, _ = await send_confirmed(client, services, path)
    upheld = (await decide(client, moderator, third, "uphold")).json()["data"]
    assert (upheld["items"][0]["is_hidden"], upheld["items"][0]["takedown_id"]) == (True, None)
    assert (await counter(client, artist, third)).status_code == 404


@pytest.mark.long
async def test_of_two_decisions_at_once_one_counts_and_nobody_decides_on_their_own(
    client, services, items, moderator, admin
):
    _, path = items["product"]
    notice_id, _ = await send_confirmed(client, services, path)
    answers = await asyncio.gather(
        decide(client, moderator, notice_id, "uphold"), decide(client, admin, notice_id, "reject")
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    status = (await show(client, moderator, notice_id))["status"]
    assert await is_shown(client, path) is (status == "rejected")

    async with services.database.transaction() as tx:
        own = await make.bare_track(tx, moderator.member, "Mine")
    notice_id, _ = await send_confirmed(client, services, f"/tracks/{own}")
    for outcome in ("uphold", "reject"):
        refused = await decide(client, moderator, notice_id, outcome)
        assert (refused.status_code, refused.json()["code"]) == (403, "own_item")
    assert (await decide(client, admin, notice_id, "uphold")).status_code == 200


async def test_staff_sees_who_has_reached_the_number_of_upheld_notices(
    client, services, artist, moderator, configure
):
    configure(repeat_notices=2)
    async with services.database.transaction() as tx:
        for _ in range(2):
            last = await make.copyright_notice(tx, artist.member)
        another = await make.copyright_notice(tx, (await make.member_in(tx))[0], PENDING)
        waits = await make.copyright_notice(tx, artist.member, PENDING)
    [item] = (await show(client, moderator, waits))["items"]
    assert (item["upheld_notices"], item["repeats"]) == (2, True)
    [item] = (await show(client, moderator, another))["items"]
    assert (item["upheld_notices"], item["repeats"]) == (0, False)

    # What came back counts no more, nor what is long ago.
    async with services.database.transaction() as tx:
        sql = """
            update takedowns
               set undone_at = now()
             where id = (select takedown_id from copyright_items where notice_id = $1)
        """
        await tx.run(sql, last)
    [item] = (await show(client, moderator, waits))["items"]
    assert (item["upheld_notices"], item["repeats"]) == (1, False)


async def test_the_register_has_every_notice_and_no_formula(
    client, services, items, moderator, admin, monkeypatch
):
    # Several parts, of which the first is full.
    monkeypatch.setattr(decisions, "_ROWS_AT_ONCE", 2)
    _, path = items["track"]
    await send_confirmed(client, services, path)
    holder = "=HYPERLINK(A1)"
    notice_id, claimant = await send_confirmed(client, services, path, rights_holder=holder)
    await decide(client, moderator, notice_id, "uphold")
    refused = await client.get("admin/copyright/register", headers=moderator.headers)
    assert refused.status_code == 403
    answer = await client.get("admin/copyright/register", headers=admin.headers)
    assert answer.headers["content-type"].startswith("text/csv")
    assert "copyright-notices.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len({each["id"] for each in rows}) == len(rows) >= 2
    [row] = [each for each in rows if each["id"] == notice_id]
    assert (row["status"], row["rights_holder"], row["email"]) == ("upheld", f"'{holder}", claimant)
    assert (row["decided_by"], row["hidden"], row["urls"]) == (moderator.username, "1", path)
    assert [each["confirmed_at"] for each in rows] == sorted(each["confirmed_at"] for each in rows)


async def test_only_staff_reads_and_decides(client, artist):
    path = f"admin/copyright/notices/{new_id()}"
    for headers, status in (({}, 401), (artist.headers, 403)):
        answers = [
            await client.get("admin/copyright/notices", headers=headers),
            await client.get(path, headers=headers),
            await client.post(f"{path}/decide", headers=headers, json={"outcome": "reject"}),
            await client.get("admin/copyright/register", headers=headers),
        ]
        assert {answer.status_code for answer in answers} == {status}


@pytest.mark.parametrize("form", ["https://music.example/api/v1/images/{}", "{}"])
async def test_a_picture_is_hidden_and_comes_back(client, services, artist, moderator, form):
    async with services.database.transaction() as tx:
        image_id = await make.bare_image(tx, artist.member)
    post = {"content": "Look", "image_ids": [str(image_id)]}
    answer = await client.post("social/posts", headers=artist.headers, json=post)
    assert answer.is_success, answer.text
    notice_id, _ = await send_confirmed(client, services, form.format(image_id))
    assert (await show(client, moderator, notice_id))["items"][0]["content_type"] == "image"
    taken = await decide(client, moderator, notice_id, "uphold")
    assert taken.json()["data"]["items"][0]["is_hidden"], taken.text
    assert (await counter(client, artist, notice_id)).status_code == 201
    await let_days_pass(services, notice_id)
    await restore_due(services)
    assert not (await show(client, moderator, notice_id))["items"][0]["is_hidden"]


async def test_addresses_of_pages_without_an_id_name_what_they_show(
    client, services, artist, moderator
):
    share = await make.share(services, artist, await make.cloud_file(services, artist))
    async with services.database.transaction() as tx:
        image_id = await make.bare_image(tx, artist.member)
        await tx.run("update profiles set banner_id = $2 where id = $1", artist.id, image_id)
        show_id = await make.show(tx, artist.member)
        station_id = await make.bare_station(tx, artist.id)
        post_id = await make.post(tx, artist.member, "Look")
        comment_id = await make.post_comment(tx, artist.member, post_id)
    urls = {
        f"https://music.example/shared/{share.token}": ("cloud_share", share.id),
        f"https://music.example/artists/{artist.username.upper()}": ("banner", image_id),
        f"/shows/{show_id}": ("show", show_id),
        f"/stations/{station_id}": ("station", station_id),
        f"/api/v1/social/comments/{comment_id}": ("post_comment", comment_id),
        f"/shared/{'x' * 43}": (None, None),
        "/artists/nobody-at-all": (None, None),
    }
    notice_id, _ = await send_confirmed(client, services, *urls)
    items = {each["url"]: each for each in (await show(client, moderator, notice_id))["items"]}
    found = {url: (each["content_type"], each["content_id"]) for url, each in items.items()}
    assert found == {url: (kind, key and str(key)) for url, (kind, key) in urls.items()}

    await decide(client, moderator, notice_id, "uphold")
    answer = await client.get(f"cloud/shared/{share.token}")
    assert (answer.status_code, answer.json()["code"]) == (404, "share_not_found")
    page = await client.get(f"profiles/{artist.id}")
    assert page.json()["data"]["banner_url"] is None
