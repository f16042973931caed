"""Attacks on the public form, old links, and what is deleted when its time is over."""

from datetime import timedelta

import pytest

from tests import make
from tests.domains.auth.recovery.mails import find_tokens, read_mails
from tests.domains.moderation.copyright.copyright_steps import (
    CONFIRM,
    confirm,
    decide,
    deliver,
    mails_to,
    notice_form,
    send,
    send_confirmed,
    show,
)
from tests.support.locks import ensure_waits
from tests.support.proofs_of_work import solve
from veza.app.report_targets import TAKEDOWNS
from veza.core.ids import CopyrightNoticeId, new_id
from veza.domains.auth.sign_up import rules as sign_up_rules
from veza.domains.moderation.copyright import jobs, personal_data, rules
from veza.domains.moderation.copyright.queries import counters, notices
from veza.domains.moderation.copyright.rules import find_named
from veza.domains.moderation.takedowns import personal_data as takedown_data

INJECTED = "Ada\r\nBcc: victim@example.com"


async def test_the_answer_is_the_same_whatever_is_named(client, items):
    _, path = items["track"]
    known, unknown = [
        await send(client, notice_form(url, email="same@claims.example"))
        for url in (path, f"/tracks/{new_id()}")
    ]
    for answer in (known, unknown):
        assert answer.status_code == 202
        assert answer.json()["data"].pop("id")
        assert answer.json()["data"]["status"] == "unconfirmed"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("signature", INJECTED),
        ("rights_holder", INJECTED),
        ("email", "a@claims.example\r\nBcc: victim@example.com"),
        ("email", "a b@claims.example"),
        ("signature", " "),
        ("work", "\n"),
        ("statement", ""),
        ("urls", []),
        ("urls", ["https://music.example/about"]),
        ("urls", ["x" * 501]),
        ("urls", ["/tracks/0190a1b2-0000-7000-8000-000000000000"] * 11),
    ],
)
async def test_a_notice_that_is_not_complete_is_refused(client, field, value):
    answer = await send(client, notice_form(f"/tracks/{new_id()}") | {field: value})
    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"].startswith(field)


async def test_what_is_written_gets_into_no_header_and_no_mail_before_it_is_confirmed(
    client, services, items, moderator
):
    _, path = items["track"]
    text = "Mine.\r\nBcc: victim@example.com\r\n\r\nBuy this!"
    notice_id, claimant = await send_confirmed(client, services, path, work=text, statement=text)
    [first] = read_mails(services, claimant)
    assert "Buy this" not in first.as_string()
    assert "Night Ferry" not in first.as_string()
    await decide(client, moderator, notice_id, "reject", reason=text)
    await deliver(services)
    mails = read_mails(services, claimant)
    assert len(mails) == 2
    for mail in mails:
        assert mail["Bcc"] is None
        assert mail["To"] == claimant
        assert not mail.defects
    assert read_mails(services, "victim@example.com") == []


async def test_links_end_and_a_used_one_shows_the_state(client, services, items, moderator):
    _, path = items["track"]
    form = notice_form(path)
    notice_id = (await send(client, form)).json()["data"]["id"]
    await deliver(services)
    [token] = find_tokens(services, form["email"], CONFIRM)
    for wrong in ("", token[:-1], token.swapcase()):
        answer = await confirm(client, wrong)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_link")
    unseen = await client.get(f"admin/copyright/notices/{notice_id}", headers=moderator.headers)
    assert unseen.status_code == 404
    for outcome in ("uphold", "reject", "claim_filed"):
        early = await decide(client, moderator, notice_id, outcome, owner_id=str(new_id()))
        assert (early.status_code, early.json()["code"]) == (404, "notice_not_found")
    for _ in range(2):
        assert (await confirm(client, token)).json()["data"]["status"] == "pending"
    first = await show(client, moderator, notice_id)
    await decide(client, moderator, notice_id, "reject")
    assert (await confirm(client, token)).json()["data"]["status"] == "rejected"
    assert (await show(client, moderator, notice_id))["confirmed_at"] == first["confirmed_at"]

    late = notice_form(path)
    late_id = (await send(client, late)).json()["data"]["id"]
    await deliver(services)
    [token] = find_tokens(services, late["email"], CONFIRM)
    async with services.database.transaction(recorded=False) as tx:
        sql = "update copyright_notices set expires_at = now() where id = $1"
        await tx.run(sql, late_id)
    assert (await confirm(client, token)).json()["code"] == "invalid_link"
    await jobs.sweep_notices(services.database)
    async with services.database.read() as conn:
        sql = "select count(*) from copyright_notices where id = $1"
        assert await conn.value(int, sql, late_id) == 0


async def test_ten_thousand_notices_reach_nobody_and_have_an_end(
    client, services, items, moderator, monkeypatch
):
    """They are bounded by network, by the mails to an address, and on the whole server."""
    _, path = items["track"]
    form = notice_form(path)
    answers = [await send(client, form) for _ in range(rules.MAX_FROM_NETWORK + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {202}
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too_many_notices")
    assert int(answers[-1].headers["retry-after"]) > 0
    mails = await mails_to(services, form["email"])
    assert len(mails) == rules.MAX_LINKS_TO_ADDRESS

    async with services.database.transaction(recorded=False) as tx:
        sql = """
            insert into copyright_notices (id, signature, email, rights_holder, work, statement,
                                           expires_at)
                 select gen_random_uuid(), 'x', 'flood@claims.example', 'x', 'x', 'x',
                        now() + interval '1 day'
                   from generate_series(1, 10000)
        """
        await tx.run(sql)
    try:
        monkeypatch.setattr(rules, "MAX_FROM_NETWORK", 100)
        full = await send(client, notice_form(path))
        assert (full.status_code, full.json()["code"]) == (503, "notices_full")
        listed = await client.get(
            "admin/copyright/notices", headers=moderator.headers, params={"status": "all"}
        )
        assert "flood@" not in listed.text
    finally:
        async with services.database.transaction(recorded=False) as tx:
            await tx.run("delete from copyright_notices where email = 'flood@claims.example'")
    assert (await send(client, notice_form(path))).status_code == 202


async def test_a_flood_needs_proofs_of_work(client, services, items, configure, monkeypatch):
    monkeypatch.setattr(sign_up_rules, "_FEWEST_BITS", 4)
    await services.counters.clear(rules.FLOOD_KEY)
    configure(most_unproved=1)
    _, path = items["track"]
    assert (await send(client, notice_form(path))).status_code == 202
    refused = await send(client, notice_form(path))
    assert (refused.status_code, refused.json()["code"]) == (403, "proof_required")
    found = {each["field"]: each["message"] for each in refused.json()["details"]}
    challenge = found["proof.challenge"]
    proof = {"challenge": challenge, "solution": solve(challenge, int(found["proof.bits"]))}
    assert (await send(client, notice_form(path, proof=proof))).status_code == 202
    assert (await send(client, notice_form(path, proof=proof))).json()["code"] == "proof_required"


async def test_texts_are_deleted_years_after_the_decision(client, services, moderator):
    async with services.database.transaction(recorded=False) as tx:
        member, _ = await make.member_in(tx)
        old = await make.copyright_notice(tx, member)
        new = await make.copyright_notice(tx, member)
        waits = await make.copyright_notice(tx, member, make.NoticeState.PENDING)
        sql = "update copyright_notices set decided_at = now() - $2::interval where id = $1"
        await tx.run(sql, old, rules.KEPT_FOR)
        await tx.run(sql, new, rules.KEPT_FOR - timedelta(days=1))
    await jobs.sweep_notices(services.database)
    emptied = await show(client, moderator, old)
    assert emptied["status"] == "upheld"
    texts = ("signature", "email", "rights_holder", "work", "statement", "reason")
    assert {emptied[name] for name in texts} == {None}
    assert emptied["counters"] == []
    for notice_id in (new, waits):
        assert (await show(client, moderator, notice_id))["email"] == "claimant@example.com"


async def test_erasing_an_owner_leaves_the_decision_alone(services, tx):
    member, _ = await make.member_in(tx)
    notice_id = await make.copyright_notice(tx, member)
    await personal_data.erase(tx, member.id)
    [item] = await notices.list_items(tx, notice_id)
    assert (item.url, item.title, item.content_id, item.owner_id) == (None, None, None, None)
    assert await tx.value(str, "select status from copyright_notices where id = $1", notice_id) == (
        "upheld"
    )


async def test_a_notice_that_hid_what_is_erased_by_now_can_be_rejected(
    client, services, items, artist, moderator, configure
):
    configure(hides_at_once=True)
    _, path = items["track"]
    notice_id, _ = await send_confirmed(client, services, path)
    async with services.database.transaction(recorded=False) as tx:
        await takedown_data.erase(tx, artist.id)
        await personal_data.erase(tx, artist.id)
    rejected = await decide(client, moderator, notice_id, "reject")
    assert rejected.status_code == 200, rejected.text
    assert rejected.json()["data"]["items"][0]["title"] is None


async def test_of_two_answers_to_a_notice_that_of_the_profile_which_goes_on_counts(tx):
    page, _ = await make.member_in(tx)
    into, _ = await make.member_in(tx)
    notice_id = await make.copyright_notice(tx, page)
    sql = """
        insert into copyright_counters (notice_id, owner_id, statement, name, address, email,
                                        restore_at)
             values ($1, $2, 'Kept', 'Ida', 'Brest', 'i@example.com', now())
    """
    await tx.run(sql, notice_id, into.id)
    await personal_data.move(tx, page.id, into.id)
    await personal_data.erase(tx, page.id)
    sql = "select statement from copyright_counters where notice_id = $1"
    assert await tx.column(str, sql, notice_id) == ["Kept"]
    [item] = await notices.list_items(tx, notice_id)
    assert item.owner_id == into.id


async def test_notices_and_owners_are_locked_while_they_are_decided_on(services):
    person = await make.person(services)
    token = bytes(new_id().bytes * 2)
    async with services.database.transaction() as tx:
        notice_id = await make.copyright_notice(tx, person.member)
        sql = """
            update copyright_notices
               set token_hash = $2, expires_at = now() + interval '1 day'
             where id = $1
        """
        await tx.run(sql, notice_id, token)
    for table, row_id, change in (
        ("copyright_notices", notice_id, lambda tx: notices.lock_notice(tx, notice_id)),
        ("copyright_notices", notice_id, lambda tx: notices.lock_by_token(tx, token)),
        ("users", person.id, lambda tx: counters.lock_owners(tx, notice_id)),
    ):
        await ensure_waits(services.database, change, table, row_id)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://music.example/tracks/{}", "track"),
        ("http://localhost:8080/releases/{}?x=1#t", "release"),
        ("/api/v1/tracks/{}/stream", "track"),
        ("playlists/{}", "playlist"),
        ("https://music.example/embed/releases/{}", "release"),
        ("/api/v1/marketplace/products/{}", "product"),
        ("/bundles/{}", "bundle"),
        ("/live/{}", "stream"),
        ("/API/V1/LIVE/STREAMS/{}", "stream"),
        ("/posts/{}", "post"),
        ("/api/v1/images/{}", "image avatar banner"),
        ("/playlists/0190a1b2-0000-7000-8000-000000000000/tracks/{}", "track"),
        ("/shows/{}", "show"),
        ("/feeds/shows/{}.xml", "show"),
        ("/shows/0190a1b2-0000-7000-8000-000000000000/episodes/{}", "track"),
        ("/stations/{}?tab=program", "station"),
        ("/clips/{}", "clip"),
        ("/api/v1/live/clips/{}/hls/playlist.m3u8", "clip"),
        ("/tracks/0190a1b2-0000-7000-8000-000000000000/comments/{}", "comment post_comment"),
        ("/api/v1/profiles/{}/avatar?version=1", "avatar"),
        ("/api/v1/profiles/{}/banner", "banner"),
        ("/api/v1/profiles/{}", "avatar banner profile"),
        ("/tracks/{}0", None),
        ("/tracks/{}-1", None),
        ("/mytracks/{}", None),
        ("/profiles/{}0", None),
        ("https://music.example/library", None),
    ],
)
def test_addresses_name_items(url, named):
    item_id = CopyrightNoticeId(new_id())
    found = find_named(url.format(item_id))
    assert (found and (found.content_types, found.key)) == (named and (named.split(), item_id))


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://music.example/artists/corner", ("avatar", "corner")),
        ("/artists/corner?part=tracks#top", ("avatar", "corner")),
        ("/artists/%C3%A9t%C3%A9", ("avatar", "été")),
        ("/api/v1/users/corner/tracks", ("avatar", "corner")),
        ("/api/v1/profiles/by-handle/corner", ("avatar", "corner")),
        (f"https://music.example/shared/{'a-_' * 14}b", ("cloud_share", f"{'a-_' * 14}b")),
        (f"/api/v1/cloud/shared/{'a' * 43}/download", ("cloud_share", "a" * 43)),
        (f"/shared/{'a' * 44}", None),
        ("/Artists/corner/", ("avatar", "corner")),
        ("/artists/a%00b", None),
        ("/artists/", None),
    ],
)
def test_addresses_name_profiles_and_links_to_files(url, named):
    found = find_named(url)
    assert (found and (found.content_types[0], found.key)) == named


def test_an_id_alone_may_be_of_any_type():
    item_id = new_id()
    found = find_named(str(item_id))
    assert found is not None
    assert found.key == item_id
    # Links to files have no id that is shown, and messages no address.
    unnamed = {"cloud_share", "message", "commission_message"}
    assert set(found.content_types) == set(TAKEDOWNS) - unnamed
