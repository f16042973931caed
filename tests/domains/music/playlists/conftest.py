"""A playlist."""

import pytest


@pytest.fixture
async def playlist(client, owner):
    """Return the id of an empty private playlist of the owner."""
    answer = await client.post("playlists", headers=owner.headers, json={"title": "Night drive"})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"]
