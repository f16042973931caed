"""Shares: addresses that anybody can open, until they end; only their owner changes them."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests import make
from tests.domains.subsonic.albums_steps import release
from tests.domains.subsonic.players import Json, Player, sounding_track
from tests.support.addresses import BASE_URL
from veza.app.services import Services


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


async def _list(player: Player) -> list[Json]:
    return (await player.get("getShares"))["shares"]["share"]


async def _open(http: httpx.AsyncClient, share: Json) -> tuple[int, int, list[str]]:
    """Open the page and the playlist without an account; return two statuses and the titles."""
    assert share["url"].startswith(f"{BASE_URL}/playlists/")
    page = await http.get(share["url"])
    path = share["url"].replace("/playlists/", "/api/v1/playlists/")
    shown = await http.get(path)
    entries = (await http.get(f"{path}/entries")).json()
    found = entries["data"]["entries"] if entries["success"] else []
    return page.status_code, shown.status_code, [one["track"]["title"] for one in found]


async def test_a_share_opens_without_an_account_until_it_expires(
    player: Player, services: Services, artist: make.Person
) -> None:
    first, second, alone = [
        await sounding_track(services, artist, title) for title in ("One", "Two", "Alone")
    ]
    private = await sounding_track(services, player.owner, "Draft", visibility="private")
    unlisted = await sounding_track(services, player.owner, "Link", visibility="unlisted")
    album_id = f"al-{await release(services, artist, 'Ferries', first, second)}"
    assert await _list(player) == []
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    items = [album_id, f"tr-{private}", f"si-{alone}", f"tr-{unlisted}"]
    made = await player.get("createShare", id=items, expires=_milliseconds(expires))
    [share] = made["shares"]["share"]
    # What only its owner hears is left out.
    titles = ["One", "Two", "Alone", "Link"]
    assert [one["title"] for one in share["entry"]] == titles
    assert (share["description"], share["username"]) == ("Ferries", player.owner.username)
    assert datetime.fromisoformat(share["expires"]) == expires
    assert (share["visitCount"], "lastVisited" in share) == (0, False)
    assert await _open(player.http, share) == (200, 200, titles)
    [seen] = await _list(player)
    assert (seen["visitCount"], "lastVisited" in seen) == (1, True)
    assert seen["entry"] == share["entry"]

    past = _milliseconds(datetime.now(UTC) - timedelta(minutes=1))
    await player.get("updateShare", id=share["id"], description="Ferries for you", expires=past)
    assert await _open(player.http, share) == (404, 404, [])
    [ended] = await _list(player)
    assert (ended["description"], ended["visitCount"]) == ("Ferries for you", 1)
    # At 0 it never ends.
    await player.get("updateShare", id=share["id"], expires=0)
    assert (await _open(player.http, share))[:2] == (200, 200)
    assert "expires" not in (await _list(player))[0]
    await player.get("deleteShare", id=share["id"])
    assert await _list(player) == []
    assert await _open(player.http, share) == (404, 404, [])


async def test_only_the_owner_of_a_share_sees_and_changes_it(
    player: Player, services: Services, artist: make.Person
) -> None:
    track_id = await sounding_track(services, artist, "One")
    made = await player.get("createShare", id=f"tr-{track_id}", description="For Ada")
    [share] = made["shares"]["share"]
    others = Player(player.http, artist, await make.app_password(services, artist))
    assert await _list(others) == []
    ordinary = await player.get("createPlaylist", name="No share", songId=f"tr-{track_id}")
    for asking, wanted in ((others, share["id"]), (player, ordinary["playlist"]["id"])):
        assert await asking.code("updateShare", id=wanted, description="Mine") == 70
        assert await asking.code("deleteShare", id=wanted) == 70
    assert [one["description"] for one in await _list(player)] == ["For Ada"]


async def test_what_nobody_else_may_hear_or_see_is_not_shared(
    player: Player, services: Services, artist: make.Person
) -> None:
    private = await sounding_track(services, player.owner, "Draft", visibility="private")
    hidden = await sounding_track(services, artist, "Draft", visibility="private")
    public = await sounding_track(services, artist, "One")
    for song in (private, hidden):
        assert await player.code("createShare", id=f"tr-{song}") == 0
    await make.blocks(services, artist, player.owner)
    assert await player.code("createShare", id=f"tr-{public}") == 0
    gone = "00000000-0000-0000-0000-000000000000"
    assert await player.code("createShare", id=f"al-{gone}") == 70
    assert await player.code("createShare", id=f"pl-{gone}") == 70
    assert await player.code("createShare") == 10
    assert await player.code("createShare", id=f"tr-{public}", expires="tomorrow") == 0
    assert await _list(player) == []


async def test_a_playlist_is_shared_as_it_is_now(
    player: Player, services: Services, artist: make.Person
) -> None:
    first, second = [await sounding_track(services, artist, title) for title in ("One", "Two")]
    made = await player.get("createPlaylist", name="Night drive", songId=f"tr-{second}")
    # knuckles sends times as floats.
    expires = (datetime.now(UTC) + timedelta(days=1)).timestamp() * 1000
    shared = await player.get(
        "createShare", id=[made["playlist"]["id"], f"tr-{first}"], expires=expires
    )
    [share] = shared["shares"]["share"]
    assert [one["title"] for one in share["entry"]] == ["Two", "One"]
    assert share["description"] == "Night drive"
    assert share["id"] != made["playlist"]["id"]


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_a_share_that_its_owner_publishes_or_hides_follows_that(
    player: Player, services: Services, artist: make.Person, visibility: str
) -> None:
    track_id = await sounding_track(services, artist, "One")
    past = _milliseconds(datetime.now(UTC) - timedelta(minutes=1))
    made = await player.get("createShare", id=f"tr-{track_id}", expires=past)
    [share] = made["shares"]["share"]
    path = share["url"].replace("/playlists/", "/api/v1/playlists/")
    headers = player.owner.headers
    changed = await player.http.put(path, headers=headers, json={"visibility": visibility})
    assert changed.status_code == 200
    expected = 200 if visibility == "public" else 404
    assert (await _open(player.http, share))[:2] == (expected, expected)
