"""Notifications of what a profile is asked: shown until it is answered, and once."""

import pytest

from tests import make
from tests.domains.notifications.inbox.reactions_steps import happen
from veza.core.profiles import PageKind
from veza.core.visibility import Visibility
from veza.domains.profiles.events import ProfileClaimed, ProfileInvited, RosterProposed
from veza.domains.profiles.models.profiles import PageSettings
from veza.domains.profiles.service import claims


@pytest.fixture
async def page(services, artist):
    return await make.page(services, artist, display_name="Nova")


@pytest.fixture
async def label(services, artist):
    return await make.page(services, artist, PageKind.LABEL, display_name="Harbour")


async def test_an_invitation_to_a_profile_notifies_until_it_is_answered(
    act, see, told, services, fan, page
):
    path = f"profiles/{page.id}/invitations"
    form = {"role": "editor", "username": fan.username}
    for answer in ("decline", "accept"):
        made = await act(page.owner, "POST", path, **form)
        await happen(services, ProfileInvited(made["id"], page.id, fan.id))
        # Not who of the page invites.
        assert await told(fan) == [("profile_invitation", [page.handle], 1)]
        await act(fan, "POST", f"profile-invitations/{made['id']}/{answer}")
        assert await told(fan) == []
        await happen(services, ProfileInvited(made["id"], page.id, fan.id))
        assert (await see(fan))["unread_count"] == 0
    other = await make.person(services)
    withdrawn = await act(page.owner, "POST", path, role="editor", username=other.username)
    assert len(await told(other)) == 1
    await act(page.owner, "DELETE", f"{path}/{withdrawn['id']}")
    assert await told(other) == []


async def test_a_label_that_asks_notifies_until_it_is_answered(act, told, services, fan, label):
    path = f"profiles/{label.id}/roster"
    for is_accepted in (False, True):
        entry = await act(label, "POST", path, profile_id=str(fan.id), scope="all")
        await happen(services, RosterProposed(entry["id"], label.id, fan.id))
        assert await told(fan) == [("roster_proposal", [label.handle], 1)]
        if is_accepted:
            await act(fan, "POST", f"{path}/{entry['id']}/accept")
        else:
            await act(fan, "DELETE", f"{path}/{entry['id']}")
        assert await told(fan) == []


@pytest.mark.parametrize("kind", ["tracks", "releases"])
async def test_credits_notify_once_until_they_are_answered(
    act, see, told, services, artist, fan, kind
):
    async with services.database.transaction() as tx:
        item = await make.bare_track(tx, artist.member, "Ferry")
        if kind == "releases":
            item = await make.release(
                tx, artist.member, "Ferry", item, visibility=Visibility.PUBLIC
            )
    profile = {"id": str(fan.id)}
    given = [{"name": "", "role": role, "profile": profile} for role in ("producer", "composer")]
    await act(artist, "PUT", f"{kind}/{item}", credits=given)
    await act(artist, "PUT", f"{kind}/{item}", title="Night Ferry")
    [note] = (await see(fan))["notifications"]
    assert (note["kind"], note["actors"]) == ("credit_request", [make.shown(artist)])
    assert note[kind.removesuffix("s")] == {"id": str(item), "title": "Night Ferry"}
    asked = (await act(fan, "GET", "users/me/credits"))["credits"]
    for each in asked:
        await act(fan, "POST", f"credits/{each['id']}/confirm")
    assert await told(fan) == []
    assert (await see(fan))["unread_count"] == 0
    # What is asked later is another request.
    more = [*given, {"name": "", "role": "remixer", "profile": profile}]
    await act(artist, "PUT", f"{kind}/{item}", credits=more)
    assert await told(fan) == [("credit_request", [artist.username], 1)]
    await act(artist, "PUT", f"{kind}/{item}", credits=[])
    assert await told(fan) == []


async def test_a_split_notifies_who_has_to_accept_it(act, see, told, services, artist, fan, other):
    async with services.database.transaction() as tx:
        product = await make.product(tx, artist.member, "Night Ferry")
    path = f"marketplace/products/{product}/splits"

    async def propose(*parts):
        people = zip((artist, fan, other), parts, strict=True)
        form = [{"profile_id": str(who.id), "parts_per_10000": part} for who, part in people]
        await act(artist, "PUT", path, parts=form)

    await propose(5000, 3000, 2000)
    await propose(4000, 3000, 3000)
    await propose(4000, 3000, 3000)
    for who in (fan, other):
        [note] = (await see(who))["notifications"]
        assert (note["kind"], note["actors"]) == ("split_proposal", [make.shown(artist)])
        shown = note["split"]
        assert (shown["title"], shown["product_id"], shown["release_id"]) == (
            "Night Ferry",
            str(product),
            None,
        )
    assert await told(artist) == []
    await act(fan, "POST", f"{path}/accept")
    assert (await told(fan), len(await told(other))) == ([], 1)
    await act(other, "POST", f"{path}/decline")
    assert await told(other) == []
    # Only who gains or loses is asked.
    await act(artist, "PUT", path, parts=[{"profile_id": str(artist.id), "parts_per_10000": 10000}])
    assert (await told(fan), await told(other)) == ([], [])


async def test_a_split_of_support_is_told_by_the_name_of_the_profile(act, see, artist, fan):
    parts = [{"profile_id": str(fan.id), "parts_per_10000": 10_000}]
    await act(artist, "PUT", f"marketplace/profiles/{artist.id}/splits", parts=parts)

    [note] = (await see(fan))["notifications"]
    assert (note["kind"], note["split"]) == (
        "split_proposal",
        {
            "id": note["split"]["id"],
            "title": make.shown(artist)["display_name"],
            "product_id": None,
            "release_id": None,
            "profile_id": str(artist.id),
        },
    )


async def test_a_label_is_told_who_claimed_their_page(told, services, fan, label):
    page, token = await make.placeholder(services, label)
    async with services.database.transaction() as tx:
        await claims.claim(tx, PageSettings(0, for_creators=False), fan.member, token)
    await happen(services, ProfileClaimed(page.id, label.id))
    assert await told(label) == [("profile_claimed", [page.handle], 1)]


async def test_what_is_switched_off_is_not_told(act, told, fan, page):
    await act(fan, "PUT", "notifications/preferences", profile_invitation=False)
    form = {"role": "editor", "username": fan.username}
    await act(page.owner, "POST", f"profiles/{page.id}/invitations", **form)
    assert await told(fan) == []
