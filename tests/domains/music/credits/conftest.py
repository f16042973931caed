"""Steps: credit somebody on a track, and list what a profile is asked."""

import pytest

from tests import make
from veza.core.access import Role


@pytest.fixture
async def guest(services):
    return await make.person(services, Role.CREATOR)


@pytest.fixture
def put(client, owner):
    """Change a track or release of the owner: `await put(path, artists=…)` returns the data."""

    async def change(path, expected=200, person=owner, **fields):
        answer = await client.put(path, headers=person.headers, json=fields)
        assert answer.status_code == expected, answer.text
        return answer.json().get("data") or answer.json()

    return change


@pytest.fixture
def asked(client):
    """List the credits that a member is asked about, or answered."""

    async def list_asked(person, state="pending"):
        answer = await client.get(f"users/me/credits?state={state}", headers=person.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["credits"]

    return list_asked


@pytest.fixture
def reply(client):
    """Confirm or decline a credit."""

    async def send(person, credit_id, word="confirm", expected=200):
        answer = await client.post(f"credits/{credit_id}/{word}", headers=person.headers)
        assert answer.status_code == expected, answer.text
        return answer.json()

    return send


@pytest.fixture
def artists_of(client):
    """Return the names, joins and linked profiles of a track or release."""

    async def show(path, person=None):
        answer = await client.get(path, headers=person.headers if person else {})
        shown = answer.json()["data"]["artists"]
        return [
            (each["name"], each["join"], each["profile"] and each["profile"]["id"])
            for each in shown
        ]

    return show
