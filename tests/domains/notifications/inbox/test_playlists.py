"""Notifications of invitations to edit playlists, and of their acceptance."""

import pytest

from tests import make
from tests.domains.notifications.inbox.reactions_steps import happen
from veza.domains.music.playlists.events import PlaylistEditorInvited


@pytest.fixture
async def playlist(act, artist):
    return (await act(artist, "POST", "playlists", title="Night drive"))["id"]


async def test_an_invitation_notifies_once(act, see, told, services, artist, fan, playlist):
    path = f"playlists/{playlist}/editors/{fan.id}"
    await act(artist, "PUT", path)
    [one] = (await see(fan))["notifications"]
    assert (one["kind"], one["playlist"]) == (
        "playlist_invitation",
        {"id": playlist, "title": "Night drive"},
    )
    assert one["actors"] == [make.shown(artist)]

    await act(fan, "POST", "notifications/read-all")
    await act(artist, "PUT", path)
    await happen(services, PlaylistEditorInvited(playlist, artist.id, fan.id))
    await act(artist, "DELETE", path)
    assert await told(fan) == []
    await act(artist, "PUT", path)
    assert await told(fan) == [("playlist_invitation", [artist.username], 1)]
    assert (await see(fan))["unread_count"] == 0


async def test_acceptances_are_one_notification_for_the_owner(
    act, told, artist, fan, other, playlist
):
    for member in (fan, other):
        await act(artist, "PUT", f"playlists/{playlist}/editors/{member.id}")
        for _ in range(2):
            await act(member, "POST", f"playlists/{playlist}/editors/accept")
    assert await told(artist) == [("playlist_accepted", [other.username, fan.username], 2)]


async def test_muted_blocked_and_switched_off_invitations_do_not_notify(
    act, told, services, artist, fan, other, playlist
):
    third = await make.person(services)
    await make.mutes(services, fan, artist)
    await act(other, "PUT", "notifications/preferences", playlist_invitation=False)
    for member in (fan, other, third):
        await act(artist, "PUT", f"playlists/{playlist}/editors/{member.id}")
    await make.blocks(services, third, artist)

    for member in (fan, other, third):
        assert await told(member) == []
