"""A broadcast is written, planned and sent; its recipients can end it by one click."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

from tests import make
from tests.domains.mailings.mailing_steps import (
    FORM,
    OWN_URL,
    create,
    email_of,
    follower,
    numbers,
    plan,
    run_sql,
    send,
    show,
    token_of,
    unsubscribe,
    verified,
)
from tests.make.delivery import deliver_all
from veza.app.reactions import REACTIONS
from veza.core.access import Role
from veza.core.profiles import ProfileRole
from veza.domains.mailings.broadcasts import jobs
from veza.domains.platform.suppressions import service as suppressions
from veza.infra.jobs.outbox import EventDelivery
from veza.infra.mail.refusals import MailRefusal


async def suppress(services, email):
    async with services.database.transaction(recorded=False) as tx:
        await suppressions.note_refusal(tx, email, MailRefusal(550, "5.1.1"))


async def test_followers_who_want_mail_get_it_and_end_it(client, services, post, artist, bob):
    wanting = [await follower(services, artist) for _ in range(3)]
    await follower(services, artist, is_verified=False)
    suspended, blocked, muting, lost = [await follower(services, artist) for _ in range(4)]
    await make.suspended(services, suspended)
    await run_sql(services, "insert into blocks values ($1, $2)", artist.id, blocked.id)
    await make.mutes(services, muting, artist.as_owner)
    await suppress(services, email_of(lost))
    quiet = await follower(services, artist)
    sql = """
        insert into notification_preferences (user_id, not_mailed)
             values ($1, '{release_published}')
        on conflict (user_id) do update set not_mailed = excluded.not_mailed
    """
    await run_sql(services, sql, quiet.id)
    await verified(services, bob)
    await run_sql(services, "update users set avatar_id = $1 where id = $1", artist.id)

    broadcast = await send(client, post, artist)
    assert broadcast["status"] == "sent"
    assert numbers(broadcast) == {"recipients": 3, "sent": 3}
    assert post.recipients == sorted(map(email_of, wanting))
    mail = post.received[0].message
    assert mail["Subject"] == FORM["subject"]
    assert mail["From"].addresses[0].display_name.startswith("Night Ferry (")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert "https://a.example/1" in text.get_content()
    token = token_of(post.received[0])
    assert f"/mail/unsubscribe#token={token}" in html.get_content()
    assert f"/mail/unsubscribe#token={token}" in text.get_content()
    picture = f"/api/v1/profiles/{artist.id}/avatar?version={artist.id}&amp;size=128"
    for each in post.received:
        found = re.findall("<img[^>]*>", each.message.get_body(("html",)).get_content())
        assert len(found) == 1
        assert f'{OWN_URL}{picture}" alt=""' in found[0], "The same for all readers."

    ended = post.received[0].recipient
    for _ in range(2):
        answer = await unsubscribe(client, token)
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["display_name"] == "Night Ferry"
    await deliver_all(EventDelivery(services.database, REACTIONS))
    assert numbers(await show(client, artist, broadcast))["unsubscribed"] == 1
    post.received.clear()
    assert (await send(client, post, artist))["sent"] == 2
    assert ended not in post.recipients
    wrong = await unsubscribe(client, token[:-1] + ("a" if token[-1] != "a" else "b"))
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_link")


async def test_buyers_get_mail_with_their_consent_and_nobody_gets_it_twice(
    client, services, post, artist
):
    people = [await make.person(services) for _ in range(3)]
    await verified(services, *people)
    buyer, silent, reader = people
    async with services.database.transaction() as tx:
        for each in (buyer, silent):
            await make.paid_order(tx, each.member, (artist.as_owner.member, 1000))
        # Without an account, by the address as they wrote it.
        for address in ("Guest@example.net", "other@example.net"):
            await make.guest_order(tx, address, (artist.as_owner.member, 1000))
    for each in (buyer, reader):
        path = f"profiles/{artist.id}/subscription"
        answer = await client.put(path, json={"subscribed": True}, headers=each.headers)
        assert answer.json()["data"] == {"subscribed": True, "ended": False}
    # The same address, without the account.
    sql = """
        insert into mail_subscriptions (id, profile_id, email, address_hash, source, status,
                                        confirmed_at, network, text_version)
             select gen_random_uuid(), $1, e.email, sha256(convert_to(e.email, 'UTF8')), 'form',
                    'confirmed', now(), '192.0.2.1', 1
               from unnest($2::text[]) as e (email)
    """
    outside = ["fan@example.net", "guest@example.net"]
    await run_sql(services, sql, artist.id, [email_of(reader), *outside])
    await run_sql(services, "insert into follows values ($1, $2)", buyer.id, artist.id)

    async def reached(audience):
        post.received.clear()
        # Three a day are allowed, and this is the fourth.
        await run_sql(services, "update broadcasts set send_at = send_at - interval '1 day'")
        await send(client, post, artist, audience=audience)
        return post.recipients

    assert await reached("buyers") == sorted([email_of(buyer), "guest@example.net"])
    assert await reached("followers") == [email_of(buyer)]
    everybody = sorted([email_of(buyer), email_of(reader), *outside])
    assert await reached("subscribers") == everybody
    assert await reached("all") == everybody
    # Who ends it by the mail to the address gets none as a member either.
    [to_reader] = [each for each in post.received if each.recipient == email_of(reader)]
    assert (await unsubscribe(client, token_of(to_reader))).status_code == 200
    assert email_of(reader) not in await reached("all")


async def test_members_of_a_tier_and_of_higher_ones_get_their_mail_until_they_end_it(
    client, services, post, artist
):
    people = [await make.person(services) for _ in range(6)]
    await verified(services, *people)
    low, high, blocked, former, free, ending = people
    async with services.database.transaction() as tx:
        tiers = [await make.tier(tx, artist.as_owner.member, position=at) for at in (1, 2)]
        foreign = await make.tier(tx, ending.member)
        await make.member_of(tx, low.member, tiers[0])
        for each in (high, blocked, ending):
            await make.member_of(tx, each.member, tiers[1])
        await make.member_of(tx, former.member, tiers[1], until=datetime.now(UTC))
    await run_sql(services, "insert into blocks values ($1, $2)", artist.id, blocked.id)
    await run_sql(services, "insert into follows values ($1, $2)", free.id, artist.id)
    path = f"profiles/{artist.id}/broadcasts"
    for audience, tier_id in (("members", None), ("members", foreign.id), ("all", tiers[0].id)):
        form = FORM | {"audience": audience, "tier_id": tier_id and str(tier_id)}
        answer = await client.post(path, json=form, headers=artist.owner.headers)
        assert answer.status_code == 400
        assert answer.json()["details"][0]["field"] == "tier_id"

    async def reached(tier):
        post.received.clear()
        broadcast = await send(client, post, artist, audience="members", tier_id=str(tier.id))
        assert broadcast["tier_id"] == str(tier.id)
        assert "member of" in post.received[0].message.get_body(("plain",)).get_content()
        return post.recipients

    shown = await client.get("sell/tiers", headers=artist.headers)
    assert [each["members_count"] for each in shown.json()["data"]["tiers"]] == [4, 3]
    assert await reached(tiers[0]) == sorted(map(email_of, (low, high, ending)))
    [to_ending] = [each for each in post.received if each.recipient == email_of(ending)]
    assert (await unsubscribe(client, token_of(to_ending))).status_code == 200
    assert await reached(tiers[1]) == [email_of(high)]
    # A tier that mail was sent to is closed, and not deleted.
    tier = f"sell/tiers/{tiers[0].id}"
    answer = await client.delete(tier, headers=artist.headers)
    assert answer.json()["data"]["is_open"] is False


async def test_drafts_are_changed_shown_tested_and_planned(client, services, post, artist):
    author = artist.owner.headers
    broadcast = await create(client, artist, audience="all", language="de")
    path = f"profiles/{artist.id}/broadcasts/{broadcast['id']}"
    untested = await client.post(f"{path}/test", headers=author)
    assert (untested.status_code, untested.json()["code"]) == (409, "no_test_address")
    changed = await client.put(path, json=FORM | {"subject": "  Later\n "}, headers=author)
    assert (changed.json()["data"]["subject"], changed.json()["data"]["language"]) == (
        "Later",
        "en",
    )
    blank = await client.put(path, json=FORM | {"text": " \n "}, headers=author)
    assert blank.json()["details"][0]["field"] == "text"
    preview = (await client.get(f"{path}/preview", headers=author)).json()["data"]
    assert "It took a year." in preview["text"]
    assert ">Listen<" in preview["html"]
    assert "#token=" not in preview["html"]

    await verified(services, artist.owner)
    assert (await client.post(f"{path}/test", headers=author)).status_code == 200
    await post.run()
    [test] = post.received
    assert test.recipient == email_of(artist.owner)
    assert test.message["Subject"] == "Test: Later"
    assert test.message["List-Unsubscribe"] is None

    fan = await follower(services, artist)
    past = await plan(client, artist, broadcast, "2020-01-01T00:00:00Z")
    assert past.json()["details"][0]["field"] == "send_at"
    far = await plan(client, artist, broadcast, "2999-01-01T00:00:00Z")
    assert far.json()["details"][0]["field"] == "send_at"
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    assert (await plan(client, artist, broadcast, later)).json()["data"]["status"] == "scheduled"
    for change in (
        await client.put(path, json=FORM, headers=author),
        await plan(client, artist, broadcast),
    ):
        assert (change.status_code, change.json()["code"]) == (409, "broadcast_begun")
    post.received.clear()
    await jobs.send_due(services.database)
    await post.run(broadcast["id"])
    assert post.received == []
    sql = "update broadcasts set send_at = now() where id = $1::uuid"
    await run_sql(services, sql, broadcast["id"])
    await jobs.send_due(services.database)
    await post.run()
    assert post.recipients == [email_of(fan)]
    over = await client.delete(path, headers=author)
    assert (over.status_code, over.json()["code"]) == (409, "broadcast_over")


async def test_what_is_cancelled_reaches_nobody_else(client, services, post, artist):
    await follower(services, artist)
    draft = await create(client, artist)
    path = f"profiles/{artist.id}/broadcasts"
    deleted = await client.delete(f"{path}/{draft['id']}", headers=artist.owner.headers)
    assert deleted.status_code == 200
    planned = await create(client, artist)
    assert (await plan(client, artist, planned)).status_code == 200
    await client.delete(f"{path}/{planned['id']}", headers=artist.owner.headers)
    await post.run()
    assert post.received == []
    listed = await client.get(path, headers=artist.owner.headers)
    assert [(each["id"], each["status"]) for each in listed.json()["data"]["broadcasts"]] == [
        (planned["id"], "cancelled")
    ]


async def test_a_profile_sends_some_broadcasts_a_day(client, services, post, artist):
    drafts = [await create(client, artist) for _ in range(5)]
    answers = await asyncio.gather(*(plan(client, artist, each) for each in drafts[:4]))
    assert sorted(each.status_code for each in answers) == [200, 200, 200, 409]
    refused = await plan(client, artist, drafts[4])
    assert refused.json()["code"] == "too_many_broadcasts"
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert (await plan(client, artist, drafts[4], tomorrow)).status_code == 200


async def test_managers_write_and_others_do_not_know(client, services, artist, bob, ann):
    broadcast = await create(client, artist)
    path = f"profiles/{artist.id}/broadcasts"
    one = f"{path}/{broadcast['id']}"
    other = await make.page(services, bob)

    async def answers(person):
        return [
            (await client.get(path, headers=person.headers)).status_code,
            (await client.post(path, json=FORM, headers=person.headers)).status_code,
            (await client.get(one, headers=person.headers)).status_code,
            (await client.post(f"{one}/send", json={}, headers=person.headers)).status_code,
            (await client.delete(one, headers=person.headers)).status_code,
            (
                await client.get(f"profiles/{artist.id}/subscribers", headers=person.headers)
            ).status_code,
            (
                await client.get(f"profiles/{artist.id}/subscribers/export", headers=person.headers)
            ).status_code,
        ]

    assert set(await answers(bob)) == {403}
    admin = await make.person(services, Role.ADMIN)
    assert set(await answers(admin)) == {403}
    await make.role_in(services, artist, bob, ProfileRole.EDITOR)
    assert set(await answers(bob)) == {403}
    missing = await client.get(
        f"profiles/{other.id}/broadcasts/{broadcast['id']}", headers=bob.headers
    )
    assert (missing.status_code, missing.json()["code"]) == (404, "broadcast_not_found")
    await run_sql(
        services, "update profile_members set role = 'manager' where user_id = $1", bob.id
    )
    assert await answers(bob) == [200, 201, 200, 200, 200, 200, 200]


async def test_a_suspended_profile_sends_nothing_until_it_is_back(client, services, post, artist):
    fan = await follower(services, artist)
    broadcast = await create(client, artist)
    await plan(client, artist, broadcast)
    await make.suspended(services, artist.as_owner)
    await post.run()
    assert post.received == []
    await make.unsuspended(services, artist.as_owner)
    await jobs.send_due(services.database)
    await post.run()
    assert post.recipients == [email_of(fan)]
