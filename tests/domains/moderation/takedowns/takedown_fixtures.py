"""Fixtures: an artist's items of each kind, and requests that take them down and back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.core.visibility import Visibility

type TakeDown = Callable[..., Awaitable[httpx.Response]]
# The path of each item, by its type.
type Items = Mapping[str, tuple[UUID, str]]


@pytest.fixture
async def artist(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def items(services: Services, artist: Person) -> Items:
    """A public track, release and playlist, and a product that sells neither."""
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, artist.member, "Corner Store")
        release_id = await make.release(
            tx, artist.member, "Two in the morning", track_id, visibility=Visibility.PUBLIC
        )
        playlist_id, _ = await make.playlist(tx, artist.member, "Night bus", track_id, "public")
        product_id = await make.product(tx, artist.member, "Sounds of a counter")
    return {
        "track": (track_id, f"tracks/{track_id}"),
        "release": (release_id, f"releases/{release_id}"),
        "playlist": (playlist_id, f"playlists/{playlist_id}"),
        "product": (product_id, f"marketplace/products/{product_id}"),
    }


@pytest.fixture
def take_down(client: httpx.AsyncClient) -> TakeDown:
    """Take something down: `await take_down(moderator, "track", track_id)`."""

    async def send(
        staff: Person, content_type: str, content_id: object, **more: Any
    ) -> httpx.Response:
        body = {
            "content_type": content_type,
            "content_id": str(content_id),
            "category": "copyright",
            "reason": "It is the recording of another member.",
            "note": "The second notice.",
        } | more
        return await client.post("admin/takedowns", headers=staff.headers, json=body)

    return send
