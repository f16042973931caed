"""Who left is found nowhere any more: neither in any table nor in the storage, but in invoices."""

from pathlib import Path
from uuid import UUID

import pytest

from tests import make, sounds
from tests.domains.accounts.people import PASSWORD, bearer, calling, sign_up
from tests.make import Person
from tests.raw import borrowed
from veza.core.access import Member, Role
from veza.core.ids import SessionId, UserId, new_id
from veza.domains.tracks.models import TrackForm

# What tells of somebody for a while, and what forgets it then.
_FOR_A_WHILE = {
    # That their sessions ended, so that every process learns it: an hour.
    "revisions",
}

_TABLES = "select tablename from pg_tables where schemaname = 'public' order by tablename"
_SEARCH = "select count(*) from {table} t where position(lower($1) in lower(t::text)) > 0"


@pytest.fixture
async def client(services, app):
    async with calling(services, app) as made:
        yield made


async def _sign_up(client) -> tuple[Person, dict]:
    someone = await sign_up(client, username=f"Leaving{new_id().hex[-12:]}")
    listed = await client.get("sessions", headers=bearer(someone["access_token"]))
    [session] = listed.json()["data"]["sessions"]
    member = Member(
        UserId(UUID(someone["user"]["id"])),
        Role.CREATOR,
        SessionId(UUID(session["id"])),
    )
    return Person(member, someone["username"], someone["access_token"]), someone


async def _live(services, client, person: Person, friend: Person, folder: Path) -> None:
    """Do a little of everything, in which one's name may stand."""
    async with services.database.transaction() as tx:
        await tx.run("update users set role = 'creator' where id = $1", person.id)
        await make.gear_in(tx, person.member, f"The bass of {person.username}")
        post_id = await make.post(tx, friend.member)
        await make.post(tx, person.member, f"I am {person.username}")
        await make.post_comment(tx, person.member, post_id)
        talk = await make.conversation_in(tx, "group", friend.member, person.member)
        product_id = await make.product(tx, person.member, f"By {person.username}")
    await make.message(services, person, talk, f"Yours, {person.username}")
    await make.message(services, friend, talk, "Hello there")
    await make.follows(services, friend, person)
    await make.follows(services, person, friend)
    await make.product_file(services, person, product_id)
    sound = sounds.write(folder / "tone.flac", sounds.sine(1))
    await make.track(services, person, TrackForm(f"Song of {person.username}"), sound)
    await make.image(services, person, sounds.picture(folder / "a.png", width=32, height=32))
    for method, path, body in (
        ("PUT", "users/me", {"bio": f"I am {person.username}"}),
        ("POST", "reports", {"content_type": "user", "content_id": str(friend.id), "reason": "x"}),
        ("POST", "users/me/export", None),
    ):
        await client.request(method, path, headers=person.headers, json=body)


async def _find(services, word: str) -> set[str]:
    """The tables in which a word stands, in whichever column."""
    async with borrowed(services) as raw:
        tables = [row["tablename"] for row in await raw.fetch(_TABLES)]
        return {table for table in tables if await raw.fetchval(_SEARCH.format(table=table), word)}


def _find_stored(services, *words: str) -> list[str]:
    """The files in the storage that hold one of some words, or have it in their names."""
    place = services.settings.data_dir / "media"
    files = [path for path in place.rglob("*") if path.is_file()]
    sought = [word.encode().lower() for word in words]
    return [
        str(path)
        for path in files
        if any(word in str(path).encode().lower() + path.read_bytes().lower() for word in sought)
    ]


async def test_who_left_is_found_nowhere(services, client, work, tmp_path):
    friend = await make.person(services)
    person, signed_up = await _sign_up(client)
    await _live(services, client, person, friend, tmp_path)
    await work()
    words = (person.username, signed_up["email"], str(person.id))
    for word in words:
        assert await _find(services, word), f"This would be found: {word}"

    answer = await client.request(
        "DELETE", "users/me", headers=person.headers, json={"password": PASSWORD}
    )
    assert answer.status_code == 200, answer.text
    await work()

    found = {word: await _find(services, word) - _FOR_A_WHILE for word in words}
    assert not any(found.values()), found
    assert _find_stored(services, person.username, signed_up["email"], str(person.id)) == []
