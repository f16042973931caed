"""The stored row of a play: day, keyed digest of the listener, kind of client, referring host."""

import pytest

from tests import make
from veza.core.play_source import PlayClient, PlaySource, find_host
from veza.http.security.csrf import CsrfTokens

_BLOG = "https://www.blog.example/best?of=2026"

_PLAYER = {"Sec-Fetch-Site": "same-origin", "Referer": "http://veza.test/embed/tracks/1"}


@pytest.fixture
async def track_id(services, artist):
    async with services.database.transaction() as tx:
        return await make.bare_track(tx, artist.member, "Night Ferry")


async def _play(client, track_id, headers, **report):
    content = {"listened_seconds": 60} | report
    answer = await client.post(f"tracks/{track_id}/plays", json=content, headers=headers)
    assert answer.json()["data"]["counted"], answer.text


async def _kept(services, track_id) -> list[str]:
    sql = """
        select concat_ws(' ', coalesce(client, '-'), coalesce(host, '-'), listener is not null)
          from counted_plays
         where track_id = $1
    """
    async with services.database.read() as conn:
        return await conn.column(str, sql, track_id)


@pytest.mark.parametrize(
    ("headers", "referrer", "kept"),
    [
        ({}, None, "api - t"),
        ({"Origin": "https://veza.test", "Sec-Fetch-Site": "same-origin"}, None, "web - t"),
        ({"Sec-Fetch-Site": "same-origin"}, _BLOG, "web blog.example t"),
        ({"Sec-Fetch-Site": "same-origin"}, "javascript:alert(1)", "web - t"),
        ({"Referer": _BLOG}, None, "embed blog.example t"),
        ({"Referer": "http://192.0.2.7/"}, None, "web - t"),
        ({"Referer": "http://["}, None, "web - t"),
        (_PLAYER, _BLOG, "embed blog.example t"),
        (_PLAYER, "http://veza.test/tracks/1", "embed - t"),
    ],
)
async def test_the_source_of_a_play(client, services, track_id, headers, referrer, kept):
    listener = await make.person(services)

    await _play(client, track_id, listener.headers | headers, referrer=referrer)

    assert await _kept(services, track_id) == [kept]


async def test_a_page_of_another_site_embeds_the_player(client, services, track_id, monkeypatch):
    # As if every origin were allowed.
    monkeypatch.setattr(CsrfTokens, "ensure_origin", lambda *_: None)
    listener = await make.person(services)
    headers = {"Origin": "https://blog.example", "Sec-Fetch-Site": "cross-site"}

    await _play(client, track_id, listener.headers | headers)

    assert await _kept(services, track_id) == ["embed blog.example t"]


async def test_the_play_of_a_member_without_history_has_neither_listener_nor_source(
    client, services, track_id
):
    listener = await make.person(services)
    path, settings = "users/me/library/settings", {"keep_history": False}
    await client.put(path, json=settings, headers=listener.headers)

    await _play(client, track_id, listener.headers | {"Referer": _BLOG})

    assert await _kept(services, track_id) == ["- - f"]


async def test_a_kept_play_names_nobody(client, services, artist, track_id):
    listener = await make.person(services)
    await _play(client, track_id, listener.headers)

    async with services.database.read() as conn:
        sql = "select to_jsonb(p)::text from counted_plays p where track_id = $1"
        [row] = await conn.column(str, sql, track_id)
        sql = "select network from track_plays where track_id = $1"
        [network] = await conn.column(str, sql, track_id)
    assert str(listener.id) not in row
    assert network not in row
    assert str(artist.id) in row
    assert ":" not in row.split('"day": ')[1].split(",")[0], "No time of the day."


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (_BLOG, "blog.example"),
        ("http://Sub.Blog.Example.:8080/", "sub.blog.example"),
        ("https://user:word@blog.example", "blog.example"),
        ("https://localhost/", None),
        ("https://[2001:db8::1]/", None),
        ("https://10.0.0.1/", None),
        ("https://[", None),
        ("ftp://blog.example/", None),
        ("null", None),
        ("https://=cmd.example/", None),
        ("https://" + "a." * 130 + "example/", None),
        ("https://blog.example/" + "a" * 2000, None),
        (None, None),
    ],
)
def test_hosts(url, host):
    assert find_host(url) == host


def test_a_source_has_no_more_than_client_and_host():
    assert PlaySource.__struct_fields__ == ("client", "host")
    assert set(PlayClient) == {"web", "embed", "subsonic", "api"}
