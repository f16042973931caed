"""The profiles of the demonstration: for each member one, with pictures that are drawn."""

import pytest

from tests import make
from veza.core.access import Role
from veza.core.ids import ProfileId
from veza.domains.profiles.service import profiles
from veza_demo.community import MEMBERS
from veza_demo.profiles import PROFILES, fill_profiles

# One with both pictures, and one with none.
DRAWN, PLAIN = "ines_vidal", "kwame_ade"


def test_each_member_has_a_profile_and_names_are_in_several_scripts():
    assert [each.username for each in PROFILES] == [each.username for each in MEMBERS]
    names = "".join(each.display_name for each in PROFILES)
    for first, last in (("a", "z"), ("\u0620", "\u064a"), ("\u4e00", "\u9fff")):
        assert any(first <= char <= last for char in names)
    assert len({each.display_name for each in PROFILES}) == len(PROFILES)
    assert all(each.place for each in PROFILES)


@pytest.mark.long
async def test_profiles_are_filled_once(services, monkeypatch):
    chosen = {each.username: each for each in PROFILES if each.username in {DRAWN, PLAIN}}
    monkeypatch.setattr("veza_demo.profiles.PROFILES", tuple(chosen.values()))
    members = {name: (await make.person(services, Role.CREATOR)).member for name in chosen}

    await fill_profiles(services, members)
    first = await _show(services, members)
    await fill_profiles(services, members)

    assert await _show(services, members) == first
    drawn, plain = first[DRAWN], first[PLAIN]
    assert drawn.avatar_url is not None
    assert drawn.banner_url is not None
    assert drawn.banner_palette is not None
    assert (plain.avatar_url, plain.banner_url) == (None, None)
    for name, shown in first.items():
        assert (shown.display_name, shown.place) == (chosen[name].display_name, chosen[name].place)
        assert [each.url for each in shown.links] == [each.url for each in chosen[name].links]


async def _show(services, members):
    async with services.database.read() as conn:
        return {
            name: await profiles.get_profile(conn, ProfileId(member.id), member)
            for name, member in members.items()
        }
