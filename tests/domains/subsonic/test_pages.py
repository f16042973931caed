"""Players with an app password of a page act as the page, in the role of its member."""

import hashlib

from tests import make
from tests.domains.subsonic.players import Player, sounding_track
from veza.core.access import Role
from veza.core.profiles import ProfileRole


async def create_password(client, person, page) -> dict[str, str]:
    form = {"name": "The band's phone", "profile_id": str(page.id)}
    answer = await client.post("users/me/app-passwords", headers=person.headers, json=form)
    return answer.json().get("data") or {"code": answer.json()["code"]}


async def test_a_player_of_a_page_shows_and_changes_its_things(client, services, rest, artist):
    page = await make.page(services, artist)
    track = await sounding_track(services, artist, "Night Ferry")
    made = await create_password(client, artist, page)
    assert made["profile_id"] == str(page.id)
    player = Player(rest, page.as_owner, made["app_password"])

    assert (await player.get("getUser"))["user"]["playlistRole"] is True
    playlist = (await player.get("createPlaylist", name="Ours", songId=f"tr-{track}"))["playlist"]
    assert playlist["owner"] == page.handle
    await player.get("star", id=f"tr-{track}")
    assert len((await player.get("getStarred2"))["starred2"]["song"]) == 1
    lists = {}
    for name, headers in (("page", page.headers), ("artist", artist.headers)):
        shown = (await client.get("users/me/playlists", headers=headers)).json()["data"]
        liked = (await client.get("users/me/likes", headers=headers)).json()["data"]
        lists[name] = (len(shown["playlists"]), len(liked["tracks"]))
    assert lists == {"page": (1, 1), "artist": (0, 0)}

    admin = await make.person(services, Role.ADMIN)
    found = await client.get(f"admin/audit?profile_id={page.id}", headers=admin.headers)
    assert {each["user_id"] for each in found.json()["data"]["events"]} == {str(artist.id)}

    token = hashlib.md5((made["app_password"] + "salt").encode()).hexdigest()
    for named, code in ((page.handle, None), (artist.username, 40)):
        for proof in ({"p": made["app_password"]}, {"t": token, "s": "salt"}):
            answer = await rest.get("ping", params={"u": named, "f": "json"} | proof)
            error = answer.json()["subsonic-response"].get("error")
            assert (error and error["code"]) == code
    # Their own opens their own things, under their own name.
    own = await make.app_password(services, artist)
    answer = await rest.get("ping", params={"u": page.handle, "p": own, "f": "json"})
    assert answer.json()["subsonic-response"]["error"]["code"] == 40


async def test_a_player_of_a_page_may_what_the_role_allows_while_it_lasts(
    client, services, rest, artist
):
    page = await make.page(services, artist)
    fan = await make.person(services, Role.USER)
    async with services.database.transaction() as tx:
        track = await make.bare_track(tx, artist.member, "Night Ferry")
    assert await create_password(client, fan, page) == {"code": "not_your_profile"}
    await make.role_in(services, page, fan, ProfileRole.MODERATOR)
    made = await create_password(client, fan, page)
    player = Player(rest, page.as_owner, made["app_password"])

    assert (await player.get("getUser"))["user"]["playlistRole"] is False
    await player.get("getPlaylists")
    await player.get("savePlayQueue", id=f"tr-{track}")
    for call, parameters in (
        ("createPlaylist", {"name": "Ours"}),
        ("createShare", {"id": f"tr-{track}"}),
        ("star", {"id": f"tr-{track}"}),
        ("setRating", {"id": f"tr-{track}", "rating": 4}),
    ):
        assert await player.code(call, **parameters) == 50, call

    path = f"profiles/{page.id}/members/{fan.id}"
    assert (await client.delete(path, headers=artist.headers)).status_code == 200
    assert await player.code("ping") == 40
    passwords = await client.get("users/me/app-passwords", headers=fan.headers)
    assert passwords.json()["data"]["app_passwords"] == []
