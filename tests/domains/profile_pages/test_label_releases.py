"""The dashboard of a label: what its roster lets it see, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import make
from veza.core.ids import new_id
from veza.core.profiles import PageKind, ProfileRole
from veza.core.visibility import Visibility

SOON = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
async def label(services, ann):
    return await make.page(services, ann, PageKind.LABEL, display_name="Harbour")


@pytest.fixture
def sign(services, label):
    """Put an artist on the roster: `await sign(artist, "all")`."""

    async def add(artist, scope, *, is_accepted=True):
        async with services.database.transaction() as tx:
            sql = """
                insert into roster_entries (id, label_id, profile_id, scope, accepted_at)
                     values ($1, $2, $3, $4, case when $5 then now() end)
            """
            await tx.run(sql, new_id(), label.id, artist.id, scope, is_accepted)

    return add


@pytest.fixture
def publish(services):
    """Make a release: `await publish(artist, "Title", label="Harbour")`."""

    async def add(artist, title, visibility=Visibility.PRIVATE, **columns):
        async with services.database.transaction() as tx:
            track = await make.bare_track(tx, artist.member, title)
            release = await make.release(tx, artist.member, title, track, visibility=visibility)
            for name, value in columns.items():
                await tx.run(f"update releases set {name} = $2 where id = $1", release, value)
            return release

    return add


async def titles(client, label, headers=None, **params):
    path = f"profiles/{label.id}/label/releases"
    answer = await client.get(path, headers=headers or label.owner.headers, params=params)
    assert answer.status_code == 200, answer.text
    return [each["title"] for each in answer.json()["data"]["releases"]]


async def test_a_label_sees_what_the_scope_of_each_artist_allows(
    client, services, label, sign, publish
):
    whole, part, asked, stranger, gone = [await make.person(services) for _ in range(5)]
    await sign(whole, "all")
    await sign(part, "releases")
    await sign(asked, "all", is_accepted=False)
    await sign(gone, "all")
    await publish(whole, "Draft of all")
    await publish(part, "Their own draft")
    await publish(part, "Their own", Visibility.PUBLIC)
    await publish(part, "Named", label="HARBOUR")
    await publish(part, "By handle", label=label.handle)
    await publish(part, "Of another label", label="Harbour & Sons")
    split = await publish(part, "Split with it")
    proposed = await publish(part, "Proposed only")
    async with services.database.transaction() as tx:
        for release, status in ((split, "accepted"), (proposed, "proposed")):
            split_id = new_id()
            sql = """
                insert into splits (id, release_id, status, accepted_at)
                     values ($1, $2, $3, case when $3 = 'accepted' then now() end)
            """
            await tx.run(sql, split_id, release, status)
            await tx.run("insert into split_parts values ($1, 1, $2, 10000)", split_id, label.id)
    for outsider in (asked, stranger, gone):
        await publish(outsider, "Not theirs", Visibility.PUBLIC, label="Harbour")
    await make.suspended(services, gone)
    expected = ["Split with it", "By handle", "Named", "Draft of all"]
    assert await titles(client, label) == expected
    assert await titles(client, label, label.headers) == expected
    await make.blocks(services, part, label.as_owner)
    assert await titles(client, label) == ["Draft of all"]


async def test_what_was_split_with_a_label_stays_after_an_artist_left(
    client, services, label, sign, publish
):
    artist = await make.person(services)
    await sign(artist, "all")
    parts = {label.id: 5000, artist.id: 5000}
    kept = [await publish(artist, f"Agreed {number}") for number in range(3)]
    await publish(artist, "Not agreed", label="Harbour")
    async with services.database.transaction() as tx:
        for release in kept:
            split_id = new_id()
            sql = """
                insert into splits (id, release_id, status, accepted_at)
                     values ($1, $2, 'accepted', now())
            """
            await tx.run(sql, split_id, release)
            for place, (party, part) in enumerate(parts.items(), 1):
                sql = "insert into split_parts values ($1, $2, $3, $4)"
                await tx.run(sql, split_id, place, party, part)
    agreed = ["Agreed 2", "Agreed 1", "Agreed 0"]
    assert await titles(client, label) == ["Not agreed", *agreed]
    async with services.database.transaction() as tx:
        await tx.run("delete from roster_entries where label_id = $1", label.id)

    assert await titles(client, label) == agreed
    first = await client.get(
        f"profiles/{label.id}/label/releases", params={"limit": 2}, headers=label.headers
    )
    cursor = first.json()["data"]["next_cursor"]
    assert await titles(client, label, limit=2, cursor=cursor) == agreed[2:]
    await make.blocks(services, artist, label.as_owner)
    assert await titles(client, label) == []


async def test_each_release_has_its_artist_state_dates_and_price(
    client, services, label, sign, publish
):
    artist = await make.page(services, label.owner, display_name="Nova")
    await sign(artist, "all")
    await publish(artist.as_owner, "Draft")
    await publish(artist.as_owner, "Soon", publish_at=SOON, release_date=SOON.date())
    sold = await publish(artist.as_owner, "Out", Visibility.PUBLIC, artist_name="Nova & Guest")
    async with services.database.transaction() as tx:
        fields = {"release_id": sold, "type": "album", "price_cents": 900}
        product = await make.product(tx, artist.as_owner.member, "Out", **fields)
        withdrawn = {**fields, "price_cents": 100, "status": "withdrawn"}
        await make.product(tx, artist.as_owner.member, "Out", **withdrawn)
    path = f"profiles/{label.id}/label/releases"
    found = (await client.get(path, headers=label.headers)).json()["data"]["releases"]
    assert [(each["title"], each["state"]) for each in found] == [
        ("Out", "public"),
        ("Soon", "scheduled"),
        ("Draft", "draft"),
    ]
    out, soon, draft = found
    assert out["product"] == {
        "id": str(product),
        "status": "published",
        "price_cents": 900,
        "currency": "EUR",
    }
    assert (out["artist"]["display_name"], out["artist_name"]) == ("Nova", "Nova & Guest")
    assert (soon["release_date"], soon["product"]) == ("2100-01-01", None)
    assert datetime.fromisoformat(soon["publish_at"]) == SOON
    assert draft["artist_name"] == "Nova"
    assert label.owner.username not in str(found)


async def test_pages_follow_each_other_over_all_artists(client, services, label, sign, publish):
    artists = [await make.person(services) for _ in range(2)]
    for artist in artists:
        await sign(artist, "all")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(5):
        made = start + timedelta(days=number)
        await publish(artists[number % 2], f"No. {number}", created_at=made)
    path, cursor, seen = f"profiles/{label.id}/label/releases", None, []
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(path, headers=label.headers, params=params)).json()["data"]
        seen += [each["title"] for each in page["releases"]]
        assert page["has_more"] == (page["next_cursor"] is not None)
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == [f"No. {number}" for number in reversed(range(5))]


async def test_only_members_of_a_label_see_it(client, services, label, ann, bob):
    path = f"profiles/{label.id}/label/releases"
    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, headers=bob.headers)).json()["code"] == "not_your_profile"
    await make.role_in(services, label, bob, ProfileRole.UPLOADER)
    assert (await client.get(path, headers=bob.headers)).status_code == 200
    refused = await client.get(f"profiles/{ann.id}/label/releases", headers=ann.headers)
    assert refused.json()["code"] == "not_a_label"
