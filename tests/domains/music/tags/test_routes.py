"""Tag suggestions over HTTP."""

import pytest

from tests import make
from tests.domains.music.tags.routes_steps import suggested
from tests.domains.music.tracks.tracks_steps import publish
from veza.core.access import Scope


@pytest.fixture
async def shop(services, creator, root, work):
    """Three tags: one often used in three spellings, one rarely used, and a similar one."""
    for tag in ("hip-hop", "hip-hop", "Hip-Hop", "hiphop", "hiphop", "Hip Hop", "hipster"):
        await publish(services, creator, title="A track", tags=[f"{root}{tag}"])
    await publish(services, creator, title="A track", tags=[f"{root[1:]}hopster"])
    await work()
    return root


async def test_the_most_used_comes_first_in_its_most_used_spellings(client, reader, shop):
    assert await suggested(client, reader, q=f"{shop}hip") == [
        *(f"{shop}hip-hop", f"{shop}hiphop", f"{shop}hip hop", f"{shop}hipster"),
        f"{shop[1:]}hopster",
    ]


@pytest.mark.parametrize("typed", ["hip-hop", "Hip Hop", "hiphop", "HIP_HOP", "hip h", "hip-ho"])
async def test_each_spelling_finds_the_others(client, reader, shop, typed):
    found = await suggested(client, reader, q=f"{shop}{typed}", limit=3)
    assert found == [f"{shop}hip-hop", f"{shop}hiphop", f"{shop}hip hop"]


async def test_similar_tags_come_after_those_that_start_with_the_text(client, reader, shop):
    found = await suggested(client, reader, q=f"{shop}hipstr")
    assert found[0] == f"{shop}hipster"
    assert f"{shop}hip-hop" in found


async def test_no_more_are_suggested_than_asked_for(client, reader, shop):
    assert len(await suggested(client, reader, q=shop, limit=2)) == 2
    for limit in (0, 101):
        answer = await client.get(f"tags/suggest?limit={limit}", headers=reader.headers)
        assert answer.status_code == 400


@pytest.mark.long
@pytest.mark.parametrize("typed", ["", " ", "q", "qz", "!!!", "%", "_", "🎵", "\\", "é", "夜"])
async def test_any_text_gets_an_answer(client, reader, shop, typed):
    found = await suggested(client, reader, q=typed, limit=100)
    if not typed.strip():
        assert found


async def test_a_nul_byte_is_no_crash(client, reader):
    answer = await client.get("tags/suggest", params={"q": "a\0b"}, headers=reader.headers)
    assert answer.status_code in {200, 400}


async def test_suggestions_need_a_token(client, services, reader):
    assert (await client.get("tags/suggest?q=hip")).status_code == 401
    reading = await make.key_headers(services, reader, Scope.READ)
    assert (await client.get("tags/suggest?q=hip", headers=reading)).status_code == 200


@pytest.mark.parametrize("typed", ["hip-hop", "Hip Hop", "hiphop"])
async def test_searching_tracks_by_any_spelling_finds_all(client, services, creator, root, typed):
    titles = {f"{root} one": "hip-hop", f"{root} two": "hiphop", f"{root} three": "Hip Hop"}
    for title, tag in titles.items():
        await publish(services, creator, title=title, tags=[f"{root}{tag}"])
    await publish(services, creator, title=f"{root} {typed}")

    answer = await client.get("tracks/search", params={"q": f"{root}{typed}"})
    assert titles.keys() <= {track["title"] for track in answer.json()["data"]["tracks"]}
