"""Playlist files over HTTP: exported, imported again, and refused."""

import threading

import msgspec
import pytest

from tests import make
from tests.domains.music.playlists.routes_steps import fill, list_entries
from veza.core.ids import new_id
from veza.domains.music.playlists import formats
from veza.domains.music.playlists.models.files import PlaylistFormat


async def import_file(client, person, content, media_type):
    headers = person.headers | {"content-type": media_type}
    return await client.post("playlists/import", headers=headers, content=content)


@pytest.mark.parametrize("form", list(PlaylistFormat))
async def test_an_exported_playlist_is_imported_as_it_was(client, owner, playlist, add, form):
    first, second = await add("Night Ferry"), await add("Harbour & Söhne")
    await fill(client, playlist, owner, second, first, second)

    file = await client.get(
        f"playlists/{playlist}/export", params={"format": form}, headers=owner.headers
    )

    assert file.headers["content-type"].startswith(formats.MEDIA_TYPES[form])
    assert f"Night drive.{form}" in file.headers["content-disposition"]
    answer = await import_file(client, owner, file.content, formats.MEDIA_TYPES[form])
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert (made["matched_count"], made["unmatched_count"], made["unmatched"]) == (3, 0, [])
    assert (made["playlist"]["title"], made["playlist"]["tracks_count"]) == ("Night drive", 3)
    entries = await list_entries(client, made["playlist"]["id"], owner)
    assert [entry["track"]["id"] for entry in entries] == [str(second), str(first), str(second)]


async def test_an_export_has_only_what_the_viewer_may_see_and_no_signature(
    client, owner, playlist, add
):
    await client.put(f"playlists/{playlist}", headers=owner.headers, json={"visibility": "public"})
    await fill(client, playlist, owner, await add("Open"), await add("P", visibility="private"))

    own = (await client.get(f"playlists/{playlist}/export", headers=owner.headers)).text
    seen = (await client.get(f"playlists/{playlist}/export")).text

    assert (own.count("#EXTINF"), seen.count("#EXTINF")) == (2, 1)
    assert "signature" not in own


async def test_the_line_of_artists_names_a_track(client, owner, add):
    title = f"Ferry {new_id().hex}"
    await add(title, artist_name="Ada feat. Brian")
    await add(f"{title} alone")
    named = [{"title": title, "creator": "ada feat. brian"}, {"title": f"{title} alone"}]
    body = msgspec.json.encode({"playlist": {"title": "A", "track": named}})
    media_type = formats.MEDIA_TYPES[PlaylistFormat.JSPF]
    made = (await import_file(client, owner, body, media_type)).json()["data"]
    assert [each["title"] for each in made["unmatched"]] == [f"{title} alone"]
    path = f"playlists/{made['playlist']['id']}/export?format=jspf"
    file = await client.get(path, headers=owner.headers)
    [exported] = file.json()["playlist"]["track"]
    assert (exported["title"], exported["creator"]) == (title, "Ada feat. Brian")


async def test_tracks_are_found_by_artist_and_title(client, services, owner, other, add):
    wanted = await add("Été à Lisbonne")
    async with services.database.transaction() as tx:
        namesake = await make.bare_track(tx, other.member, "Été à Lisbonne", plays_count=9)
    lines = [
        "#EXTM3U",
        f"#EXTINF:10,{owner.username.upper()} - été À lisbonne",
        "music/a.mp3",
        f"#EXTINF:10,{other.username} - Été à Lisbonne",
        "music/b.mp3",
        "#EXTINF:10,Nobody - Nothing",
        "music/c.mp3",
    ]

    answer = await import_file(client, owner, "\n".join(lines).encode(), "audio/x-mpegurl")

    made = answer.json()["data"]
    assert made["playlist"]["title"] == "Imported playlist"
    assert made["unmatched"] == [{"number": 3, "title": "Nobody - Nothing", "artist": None}]
    entries = await list_entries(client, made["playlist"]["id"], owner)
    assert [entry["track"]["id"] for entry in entries] == [str(wanted), str(namesake)]


async def test_private_tracks_of_others_are_not_found(client, owner, other, add):
    private = await add("Secret", visibility="private")
    track = {"title": "Secret", "creator": owner.username, "location": f"/tracks/{private}"}
    raw = msgspec.json.encode({"playlist": {"track": [track]}})

    made = (await import_file(client, other, raw, "application/json")).json()["data"]

    assert (made["matched_count"], made["unmatched_count"]) == (0, 1)


async def test_unlisted_tracks_of_others_are_found_by_their_address_alone(
    client, owner, other, add
):
    unlisted = await add("Draft", visibility="unlisted")
    named = {"title": "Draft", "creator": owner.username}
    linked = named | {"location": f"/tracks/{unlisted}"}
    raw = msgspec.json.encode({"playlist": {"track": [named, linked]}})

    found = {}
    for person in (owner, other):
        made = (await import_file(client, person, raw, "application/json")).json()["data"]
        found[person.id] = [track["number"] for track in made["unmatched"]]

    assert found == {owner.id: [], other.id: [1]}


async def test_a_file_is_read_beside_the_event_loop(client, owner, monkeypatch):
    threads = []
    real = formats.read

    def read(raw, form):
        threads.append(threading.current_thread())
        return real(raw, form)

    monkeypatch.setattr(formats, "read", read)
    await import_file(client, owner, b"x", "audio/x-mpegurl")

    assert threads != []
    assert threading.main_thread() not in threads


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (b"x", "text/html", 415, "wrong_playlist_format"),
        (b"x", "application/json", 400, "unreadable_playlist"),
        (b"<playlist>", "application/xspf+xml", 400, "unreadable_playlist"),
        (b" " * (4 * 1024 * 1024 + 1), "audio/x-mpegurl", 413, "playlist_file_too_large"),
    ],
)
async def test_bad_files_create_nothing(client, owner, count, content, media_type, status, code):
    refused = await import_file(client, owner, content, media_type)

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await count("select count(*) from playlists where owner_id = $1", owner.id) == 0
