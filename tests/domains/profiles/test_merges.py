"""Two profiles of one owner become one: what was published moves, and the handle leads there."""

import asyncio

import pytest

from tests import make
from tests.make import Page
from veza.core.ids import ProfileId
from veza.core.profiles import PageKind, ProfileRole
from veza.core.visibility import Visibility
from veza.domains.profiles.queries import merges as queries

PUBLIC = Visibility.PUBLIC


@pytest.fixture
async def page(services, ann) -> Page:
    return await make.page(services, ann, display_name="Nova (old)")


@pytest.fixture
async def into(services, ann) -> Page:
    return await make.page(services, ann, display_name="Nova")


async def merge(client, page, into, headers=None):
    path = f"profiles/{page.id}/merge"
    form = {"into": str(into.id)}
    return await client.post(path, headers=headers or page.owner.headers, json=form)


async def read(client, path, headers=None):
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_what_was_published_is_the_other_profiles(client, services, page, into, bob, work):
    # Other tests have tracks of the usual names.
    word = f"ferry{page.id.hex[-12:]}"
    async with services.database.transaction() as tx:
        track = await make.bare_track(tx, page.as_owner.member, f"Night {word}")
        release = await make.release(
            tx, page.as_owner.member, "Night Ferry", track, visibility=PUBLIC
        )
        product = await make.product(tx, page.as_owner.member, "Night Ferry")
        post = await make.post(tx, page.as_owner.member)
        await make.credit(tx, bob.member, page.as_owner.member, "With a guest")
        await make.split(
            tx,
            bob.member,
            await make.product(tx, bob.member),
            {
                bob.member: 4000,
                page.as_owner.member: 5000,
                into.as_owner.member: 1000,
            },
        )
    editor = await make.person(services)
    await make.role_in(services, page, editor)
    done = await merge(client, page, into)
    assert done.status_code == 200, done.text
    assert done.json()["data"]["id"] == str(into.id)
    await work()

    assert (await read(client, f"tracks/{track}"))["artist"]["id"] == str(into.id)
    shown = await read(client, f"releases/{release}")
    assert (shown["owner"]["id"], shown["artist_name"]) == (str(into.id), "Nova")
    assert (await read(client, f"marketplace/products/{product}"))["seller"]["id"] == str(into.id)
    assert (await read(client, f"social/posts/{post}"))["author"]["id"] == str(into.id)
    asked = await read(client, "users/me/credits", into.headers)
    assert len(asked["credits"]) == 1
    own = await read(client, "marketplace/splits", into.headers)
    assert [each["own_parts"] for each in own["splits"]] == [6000]
    found = await read(client, f"search?q={word}&type=tracks")
    assert str(into.id) in str(found)
    moved = await client.get(f"profiles/by-handle/{page.handle}")
    assert moved.status_code == 302
    assert moved.headers["location"].endswith(into.handle)
    assert (await client.get(f"profiles/{page.id}")).status_code == 404
    roles = await read(client, "users/me/profiles", editor.headers)
    assert [(one["id"], one["role"]) for one in roles["profiles"][1:]] == [(str(into.id), "editor")]


@pytest.mark.long
async def test_merging_again_changes_nothing(client, page, into, bob):
    first = await asyncio.gather(*(merge(client, page, into) for _ in range(2)))
    again = await merge(client, page, into)
    assert {(one.status_code, one.json()["data"]["id"]) for one in [*first, again]} == {
        (200, str(into.id))
    }
    assert (await merge(client, page, into, bob.headers)).json()["code"] == "not_your_profile"
    other = await merge(client, into, page)
    assert other.json()["code"] == "profile_not_found"


@pytest.mark.long
async def test_a_merged_profile_is_merged_again_and_its_handles_follow(
    client, services, page, into, ann
):
    assert (await merge(client, page, into)).status_code == 200
    assert (await merge(client, into, ann, ann.headers)).status_code == 200
    async with services.database.read() as conn:
        assert await queries.find_into(conn, ProfileId(page.id)) == ann.id
    for handle in (page.handle, into.handle):
        moved = await client.get(f"profiles/by-handle/{handle}")
        assert moved.headers["location"].endswith(ann.username)


async def test_only_pages_of_one_owner_and_kind_are_merged(client, services, page, into, ann, bob):
    label = await make.page(services, ann, PageKind.LABEL)
    placeholder, _ = await make.placeholder(services, label)
    others = await make.page(services, bob)
    await make.role_in(services, others, ann, ProfileRole.MANAGER)
    for one, another, code in (
        (page, page, "not_mergeable"),
        (ann, into, "not_mergeable"),
        (label, into, "not_mergeable"),
        (page, label, "not_mergeable"),
        (placeholder, into, "not_mergeable"),
        (page, placeholder, "not_your_profile"),
        (others, into, "not_your_profile"),
        (page, others, "not_your_profile"),
        (page, bob, "not_your_profile"),
    ):
        refused = await merge(client, one, another, ann.headers)
        assert refused.json().get("code") == code, (one, another, refused.text)
    assert (await merge(client, page, into, page.headers)).json()["code"] == "accounts_only"
    async with services.database.transaction(recorded=False) as tx:
        sql = "update sessions set proved_at = now() - interval '1 hour' where user_id = $1"
        await tx.run(sql, ann.id)
    assert (await merge(client, page, into)).json()["code"] == "step_up_needed"


async def test_money_stays_with_the_profile_that_made_it(client, services, page, into, ann, bob):
    bought, paid, shared, live = [await make.page(services, ann) for _ in range(4)]
    async with services.database.transaction() as tx:
        await make.paid_order(tx, bob.member, (page.as_owner.member, 1000))
        await make.paid_order(tx, bought.as_owner.member, (bob.member, 1000))
        sql = "insert into payout_accounts (user_id, provider, account_ref) values ($1, 'x', $2)"
        await tx.run(sql, paid.id, f"acct_{paid.id}")
        parts = {bob.member: 5000, shared.as_owner.member: 5000}
        await make.paid_order(tx, ann.member, (bob.member, 1000), parts=parts)
        stream = await make.stream(tx, live.as_owner.member, "On air")
        sql = """
            update streams
               set status = 'live', is_live = true, client_ref = 'encoder', started_at = now(),
                   seen_at = now()
             where id = $1
        """
        await tx.run(sql, stream)
    for one in (page, bought, paid, shared):
        refused = await merge(client, one, into)
        assert (refused.status_code, refused.json()["code"]) == (409, "money_stays")
    assert (await merge(client, live, into)).json()["code"] == "still_on_air"
    # The other way around, nothing that was sold moves.
    assert (await merge(client, into, page)).status_code == 200


async def test_placeholders_of_a_label_are_run_by_the_other_one(client, services, ann, bob):
    label, into = [await make.page(services, ann, PageKind.LABEL) for _ in range(2)]
    placeholder, token = await make.placeholder(services, label)
    await make.role_in(services, into, bob, ProfileRole.EDITOR)
    assert (await merge(client, label, into)).status_code == 200
    shown = await read(client, f"profile-claims/{token}")
    assert shown["label"]["id"] == str(into.id)
    roles = await read(client, "users/me/profiles", bob.headers)
    assert str(placeholder.id) in [each["id"] for each in roles["profiles"]]
    assert (await client.post(f"profile-claims/{token}", headers=bob.headers)).status_code == 200
