"""The band, the label, the compilation and the split of the demonstration."""

import pytest
from msgspec import structs

from tests import make
from veza.core.access import Role
from veza.core.ids import ProfileId, new_id
from veza.core.visibility import CreditState
from veza.domains.marketplace.splits import service as splits
from veza.domains.marketplace.splits.models import SplitTarget
from veza.domains.music.credits import service as credits_service
from veza.domains.music.credits.models import CreditQuery
from veza.domains.profiles.service import members as page_members
from veza.domains.profiles.service import profiles, roster
from veza_demo import pages
from veza_demo.albums import ALBUMS, fill_albums
from veza_demo.community import MEMBERS
from veza_demo.existing import find_release
from veza_demo.pages import PAGES, SPLIT
from veza_demo.pieces import PIECES
from veza_demo.profiles import PROFILES, fill_profiles, pin_albums


def test_there_are_a_band_of_three_a_label_with_four_artists_and_a_split_of_three():
    known = {each.username for each in MEMBERS}
    band, label = PAGES
    assert len({band.owner, *band.members} & known) == 3
    assert len(set(label.artists) & known) == 4
    assert len({name for name, _ in SPLIT.parts} & known) == 3
    assert sum(parts for _, parts in SPLIT.parts) == 10_000
    handles = {page.profile.username for page in PAGES}
    assert {piece.page for piece in PIECES} == {None, *handles}
    [compilation] = [album for album in ALBUMS if album.artist == label.profile.username]
    by = {piece.slug: piece for piece in PIECES}
    assert {by[slug].page for slug in compilation.pieces} == {label.profile.username}
    assert len({by[slug].artist for slug in compilation.pieces}) == 3


@pytest.mark.long
async def test_pages_are_made_once_with_their_members_artists_and_credits(services, monkeypatch):
    # Others share the database.
    suffix = new_id().hex[-8:]
    band, label = (_with_handle(page, suffix) for page in PAGES)
    monkeypatch.setattr(pages, "PAGES", (band, label))
    names = [each.username for each in MEMBERS]
    members = {name: (await make.person(services, Role.CREATOR)).member for name in names}

    # A name that is verified would be refused to others.
    [mastering] = [each for each in PROFILES if each.username == "samir_b"]
    monkeypatch.setattr("veza_demo.profiles.PROFILES", (mastering,))
    await fill_profiles(services, members)
    acting = await pages.fill_pages(services, members)
    assert await pages.fill_pages(services, members) == acting

    actors = members | {
        page.profile.username: acting[f"{page.profile.username}_{suffix}"] for page in PAGES
    }
    uploaded = {}
    for piece in PIECES:
        async with services.database.transaction() as tx:
            uploaded[piece.slug] = await make.bare_track(tx, actors[piece.publisher], piece.title)
    await fill_albums(services, actors, uploaded)
    for _ in range(2):
        await pin_albums(services, actors)
        await pages.confirm_credits(services, members)
        await pages.fill_split(services, members)

    async with services.database.read() as conn:
        found = acting[band.profile.username]
        listed = await page_members.list_members(conn, ProfileId(found.id), found)
        assert len(listed.members) == 3
        shown = await profiles.get_profile(conn, ProfileId(found.id), None)
        assert (shown.display_name, shown.text) == ("Cold Harbour", band.text)
        entries = await roster.list_roster(conn, ProfileId(acting[label.profile.username].id), None)
        assert [entry.accepted for entry in entries.entries] == [True] * 4
        confirmed = CreditQuery(CreditState.CONFIRMED)
        credited = (await credits_service.list_own(conn, confirmed, members["samir_b"])).credits
        assert {each.name for each in credited} == {"سمير ب"}
        release_id = await find_release(conn, members[SPLIT.artist], SPLIT.release)
        target = SplitTarget(release_id=release_id)
        artist = await profiles.get_profile(conn, ProfileId(members[SPLIT.artist].id), None)
        assert artist.pinned_release_id == release_id
        held = await splits.get_splits(conn, target, members["samir_b"])
        assert len(held.parts) == 3
        assert held.proposal is None


def _with_handle(page, suffix):
    username = f"{page.profile.username}_{suffix}"
    return structs.replace(page, profile=structs.replace(page.profile, username=username))
