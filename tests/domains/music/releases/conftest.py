"""A step that creates a release."""

import pytest


@pytest.fixture
def create(client, owner):
    """Create a release of the owner: `await create(track, title=…)` returns the response's data."""

    async def create_release(*track_ids, **fields):
        tracks = [{"track_id": str(track_id)} for track_id in track_ids]
        form = {"title": "Night Ferry", "visibility": "public", "tracks": tracks} | fields
        answer = await client.post("releases", headers=owner.headers, json=form)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    return create_release
