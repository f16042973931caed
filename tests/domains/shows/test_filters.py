"""What is written of shows and episodes is filtered, and reported as what staff takes down."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests import make
from tests.domains.shows.show_world import World, add_track
from tests.support.text_filtering import REFUSED, REPORTED, filtered_words, take_reports
from veza.app.services import Services


def enter(field: str, text: str) -> dict[str, Any]:
    """Return a change that has a text in a field."""
    said: dict[str, Any] = {
        "chapters": [{"start_seconds": 0, "title": text}],
        "funding": [{"url": "https://harbour.example/give", "title": text}],
        "transcript": f"WEBVTT\n\n00:00.000 --> 00:04.000\n{text}",
    }
    return {field: said.get(field, text)}


async def ensure_filtered(
    services: Services, client: httpx.AsyncClient, path: str, world: World, field: str
) -> None:
    """Ensure that one word is refused in a field, and another one accepted."""
    headers = world.owner.headers
    refused = await client.put(path, headers=headers, json=enter(field, f"A {REFUSED} text"))
    assert (refused.status_code, refused.json()["code"]) == (400, "text_refused"), refused.text
    accepted = await client.put(path, headers=headers, json=enter(field, f"A {REPORTED} text"))
    assert accepted.status_code == 200, accepted.text
    await make.delivered(services)


@pytest.mark.parametrize("field", ["title", "description", "owner_text", "funding", "license"])
async def test_texts_of_a_show_are_refused_or_reported(
    client: httpx.AsyncClient, services: Services, world: World, field: str
) -> None:
    with filtered_words(services):
        await ensure_filtered(services, client, f"shows/{world.show['id']}", world, field)
    assert await take_reports(services, "show", UUID(world.show["id"])) == 1


@pytest.mark.parametrize("field", ["notes", "chapters", "transcript"])
async def test_texts_of_an_episode_are_refused_or_reported_with_its_track(
    client: httpx.AsyncClient, services: Services, world: World, field: str
) -> None:
    path = f"shows/{world.show['id']}/episodes/{world.open}"
    path += "/transcript" if field == "transcript" else ""
    with filtered_words(services):
        await ensure_filtered(services, client, path, world, field)
    assert await take_reports(services, "track", world.open) == 1


@pytest.mark.parametrize("field", ["notes", "chapters"])
async def test_texts_of_a_new_episode_are_refused_or_reported(
    client: httpx.AsyncClient, services: Services, world: World, field: str
) -> None:
    async with services.database.transaction() as tx:
        track_id = await add_track(tx, world.owner, "Another tape")
    path, headers = f"shows/{world.show['id']}/episodes", world.owner.headers
    with filtered_words(services):
        for word, status in ((REFUSED, 400), (REPORTED, 201)):
            said = enter(field, word) | {"track_id": str(track_id)}
            assert (await client.post(path, headers=headers, json=said)).status_code == status
        await make.delivered(services)
    assert await take_reports(services, "track", track_id) == 1
