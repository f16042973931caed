"""Lists of tracks over HTTP: filters, sorting, cursors, pages, and number of queries."""

import base64
from uuid import uuid4

import msgspec
import pytest

from tests import make
from tests.domains.music.tracks.tracks_steps import STATES
from tests.raw import hearing
from veza.core.access import Role
from veza.domains.music.tracks.service import track_search

# Ties in every column, capitals, accents, other scripts, and lengths that nobody knows.
TITLES = [
    *("Äther", "äther", "Zebra", "zebra", "éclair", "一期一会", "🌊", "Ёлка"),
    *("10", "9", "a", "A"),
]
SORTS = ("created_at", "title", "plays_count", "likes_count", "duration")


@pytest.fixture(scope="module")
async def shelf(services):
    """An artist with 60 tracks of one genre, a dozen of which are not public."""
    artist = await make.person(services, Role.CREATOR)
    genre = f"shelf {uuid4().hex[:8]}"
    async with services.database.transaction() as tx:
        for number in range(60):
            hidden = [{}, {"visibility": "unlisted"}, STATES["processing"], STATES["failed"]]
            state = hidden[number % 4] if number % 5 == 0 else {}
            columns = {
                "genre": genre,
                "duration_ms": 1000 * (1 + number % 4),
                "plays_count": number % 3,
                "likes_count": number % 7,
                "format": "flac" if number % 2 else "mp3",
            }
            title = TITLES[number % len(TITLES)]
            await make.bare_track(tx, artist, title, **columns | state)
    return artist, genre


async def walk(client, path, headers=None, **query):
    """Return all tracks of a list, page by page."""
    seen, query = [], dict(query)
    while True:
        answer = await client.get(path, params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        page = answer.json()["data"]
        seen += page["tracks"]
        assert page["has_more"] == (page["next_cursor"] is not None)
        if not page["has_more"]:
            return seen
        assert len(page["tracks"]) == query["limit"]
        query["cursor"] = page["next_cursor"]


def ids(tracks):
    return [track["id"] for track in tracks]


@pytest.mark.parametrize("sort", SORTS)
async def test_paging_in_either_order_returns_each_track_once(client, shelf, sort):
    artist, genre = shelf
    query = {"genre": genre, "sort_by": sort, "limit": 7}

    up = await walk(client, "tracks", artist.headers, sort_order="asc", **query)
    down = await walk(client, "tracks", artist.headers, sort_order="desc", **query)

    assert len(up) == len(set(ids(up))) == 60
    assert ids(up) == ids(down)[::-1]
    field = "duration_seconds" if sort == "duration" else sort
    values = [track[field] or 0 for track in up]
    if sort == "title":
        plain = [title.lower() for title in values if title.isascii()]
        assert plain == sorted(plain)
    else:
        assert values == sorted(values)


async def test_the_newest_come_first_by_default(client, shelf):
    artist, genre = shelf

    plain = await walk(client, "tracks", artist.headers, genre=genre, limit=50)
    asked = await walk(
        client,
        "tracks",
        artist.headers,
        genre=genre,
        limit=50,
        sort_by="created_at",
        sort_order="desc",
    )

    assert ids(plain) == ids(asked)
    assert plain[0]["created_at"] >= plain[-1]["created_at"]


@pytest.mark.long
@pytest.mark.parametrize("is_owner", [False, True])
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", SORTS)
async def test_pages_by_number_see_what_cursors_see(client, shelf, sort, order, is_owner):
    artist, genre = shelf
    headers = artist.headers if is_owner else {}
    query = {"genre": genre, "limit": 9, "sort_by": sort, "sort_order": order}
    by_cursor = await walk(client, "tracks", headers, **query)

    by_number = []
    for page in range(1, 8):
        answer = await client.get("tracks", params={**query, "page": page}, headers=headers)
        by_number += answer.json()["data"]["tracks"]

    assert ids(by_number) == ids(by_cursor)


async def test_numbered_pages_leave_out_suspended_artists(client, services):
    artist = await make.person(services, Role.CREATOR)
    genre = f"shelf {uuid4().hex[:8]}"
    async with services.database.transaction() as tx:
        tracks = [await make.bare_track(tx, artist, str(n), genre=genre) for n in range(3)]

    async def second():
        answer = await client.get("tracks", params={"genre": genre, "limit": 1, "page": 2})
        return ids(answer.json()["data"]["tracks"])

    assert await second() == [str(tracks[1])]
    await make.suspended(services, artist)
    assert await second() == []


@pytest.mark.long
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", SORTS)
async def test_liked_tracks_are_sorted_like_all_others(client, shelf, sort, order):
    artist, genre = shelf
    query = {"genre": genre, "limit": 7, "sort_by": sort, "sort_order": order}
    shown = ids(await walk(client, "tracks", artist.headers, **query))
    for track_id in shown[::3]:
        answer = await client.post(f"tracks/{track_id}/like", headers=artist.headers)
        assert answer.status_code == 200

    by_cursor = await walk(client, "users/me/likes", artist.headers, **query)
    pages = [
        await client.get("users/me/likes", params={**query, "page": page}, headers=artist.headers)
        for page in (1, 2, 3)
    ]

    assert ids(by_cursor) == shown[::3]
    assert ids(t for page in pages for t in page.json()["data"]["tracks"]) == shown[::3]
    for track_id in shown[::3]:
        await client.delete(f"tracks/{track_id}/like", headers=artist.headers)


async def test_others_see_what_is_public_and_ready(client, shelf):
    artist, genre = shelf
    everything = await walk(client, "tracks", artist.headers, genre=genre, limit=100)
    public = [t for t in everything if t["visibility"] == "public" and t["status"] == "ready"]

    for_all = await walk(client, "tracks", genre=genre, limit=100)
    of_the_artist = await walk(client, f"users/{artist.username}/tracks", limit=100)
    to_themselves = await walk(client, f"users/{artist.username}/tracks", artist.headers, limit=100)

    assert 0 < len(public) < len(everything) == 60
    assert ids(for_all) == ids(of_the_artist) == ids(public)
    assert ids(to_themselves) == ids(everything)


async def test_lists_are_filtered_by_genre_and_format_without_regard_to_case(client, shelf):
    _, genre = shelf

    flac = await walk(client, "tracks", genre=genre.upper(), format="flac", limit=100)
    mp3 = await walk(client, "tracks", genre=genre.lower(), format="mp3", limit=100)
    both = await walk(client, "tracks", genre=genre, limit=100)

    assert {track["format"] for track in flac} == {"flac"}
    assert {track["format"] for track in mp3} == {"mp3"}
    assert len(flac) + len(mp3) == len(both) > 0
    assert await walk(client, "tracks", genre="no such genre", limit=100) == []


async def test_liked_tracks_are_listed_for_the_member_only(client, services, shelf, other):
    _, genre = shelf
    wanted = ids(await walk(client, "tracks", genre=genre, limit=100))[:5]
    for track_id in wanted:
        await client.post(f"tracks/{track_id}/like", headers=other.headers)

    liked = await walk(client, "users/me/likes", other.headers, limit=2)

    assert ids(liked) == wanted
    assert all(track["liked"] for track in liked)
    assert (await client.get("users/me/likes")).status_code == 401


async def test_tracks_of_followed_members_are_listed_newest_first(client, services, other):
    artists = [await make.person(services, Role.CREATOR) for _ in range(5)]
    followed, muted, suspended = artists[:3], artists[3], artists[2]
    made = []
    async with services.database.transaction() as tx:
        for number in range(25):
            state = STATES["processing"] if number % 6 == 0 else {}
            made.append(await make.bare_track(tx, artists[number % 5], f"Track {number}", **state))
    for artist in (*followed, muted):
        await client.post(f"users/{artist.id}/follow", headers=other.headers)
    await client.post(f"users/{muted.id}/mute", headers=other.headers)
    await make.suspended(services, suspended)

    listed = await walk(client, "users/me/following/tracks", other.headers, limit=3)

    wanted = [n for n in range(25) if n % 5 < 2 and n % 6]
    assert [track["title"] for track in listed] == [f"Track {n}" for n in reversed(wanted)]
    assert not any(track["liked"] for track in listed)
    assert await walk(client, "users/me/following/tracks", artists[4].headers, limit=3) == []
    assert (await client.get("users/me/following/tracks")).status_code == 401


async def test_liked_is_shown_only_to_somebody_signed_in(client, shelf, other):
    _, genre = shelf
    track_id = (await walk(client, "tracks", genre=genre, limit=100))[9]["id"]
    await client.post(f"tracks/{track_id}/like", headers=other.headers)

    anonymous = await walk(client, "tracks", genre=genre, limit=100)
    signed_in = await walk(client, "tracks", other.headers, genre=genre, limit=100)

    assert not any("liked" in track for track in anonymous)
    assert all("liked" in track for track in signed_in)
    assert {t["id"] for t in signed_in if t["liked"]} >= {track_id}
    assert not all(t["liked"] for t in signed_in)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "abc"},
        {"limit": -1},
        {"limit": "1.5"},
        {"page": 0},
        {"page": -1},
        {"page": "one"},
        {"sort_by": "owner_id"},
        {"sort_by": "title; drop table tracks"},
        {"sort_order": "sideways"},
        {"genre": "x" * 51},
    ],
)
async def test_a_wrong_parameter_is_refused_by_its_name(client, query):
    answer = await client.get("tracks", params=query)

    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["details"]] == list(query)


async def test_a_list_by_cursor_and_by_page_at_once_is_refused(client, shelf):
    _, genre = shelf
    page = (await client.get("tracks", params={"genre": genre, "limit": 1})).json()["data"]

    answer = await client.get("tracks", params={"cursor": page["next_cursor"], "page": 2})

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == "page"


@pytest.mark.parametrize(
    ("page", "limit", "status"),
    [(100, 100, 200), (101, 100, 400), (10_000, 1, 200), (10_001, 1, 400), (10**30, 1, 400)],
)
async def test_pages_by_number_reach_ten_thousand_rows(client, page, limit, status):
    answer = await client.get("tracks", params={"page": page, "limit": limit})

    assert answer.status_code == status
    if status == 400:
        assert answer.json()["code"] == "page_too_far"


@pytest.mark.parametrize("sort", SORTS)
async def test_a_cursor_belongs_to_one_order(client, shelf, sort):
    _, genre = shelf
    query = {"genre": genre, "limit": 3, "sort_by": sort}
    page = (await client.get("tracks", params=query)).json()["data"]

    for another in set(SORTS) - {sort}:
        query = {"genre": genre, "sort_by": another, "cursor": page["next_cursor"]}
        answer = await client.get("tracks", params=query)
        assert answer.status_code == 400, another
        assert answer.json()["code"] == "bad_cursor"


def forged(**fields):
    known = {"created_at": "2026-01-01T00:00:00Z", "id": str(uuid4())}
    return base64.urlsafe_b64encode(msgspec.json.encode(known | fields)).decode()


@pytest.mark.parametrize(
    ("cursor", "sort"),
    [
        ("", "created_at"),
        ("nonsense", "created_at"),
        ("%%%", "created_at"),
        ("e30", "created_at"),
        ("W10", "created_at"),
        ("A" * 1001, "created_at"),
        (forged(id="7"), "created_at"),
        (forged(created_at="2026-01-01T00:00:00"), "created_at"),
        (forged(created_at="0001-01-01T00:00:00+23:59"), "created_at"),
        (forged(created_at="9999-12-31T23:59:59-23:59"), "created_at"),
        (forged(extra=1), "created_at"),
        (forged(sort="title", value="nul\x00"), "title"),
        (forged(sort="title", value=["a"]), "title"),
        (forged(sort="plays_count", value=2**70), "plays_count"),
        (forged(sort="likes_count", value=2**31), "likes_count"),
        (forged(sort="duration", value=1.5), "duration"),
    ],
)
async def test_a_forged_cursor_is_refused(client, cursor, sort):
    answer = await client.get("tracks", params={"cursor": cursor, "sort_by": sort})

    assert answer.status_code == 400, answer.text


@pytest.fixture
async def ten_thousand(services, owner):
    """10,000 tracks of one genre, ten at each moment, gone again afterwards."""
    genre = f"Crowd {uuid4().hex[:8]}"
    sql = """
        insert into tracks (id, owner_id, title, genre, visibility, status, duration_ms, format,
                            created_at, likes_count)
        select gen_random_uuid(), $1, md5(n::text), $2, 'public', 'ready', 1000, 'flac',
               now() - interval '1 day' - (n / 10) * interval '1 second', n % 50
          from generate_series(1, $3::integer) n
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, owner.id, genre, 10_000)
    yield genre, sql
    async with services.database.transaction() as tx:
        await tx.run("delete from tracks where owner_id = $1", owner.id)


@pytest.mark.parametrize("sort", ["created_at", "likes_count"])
@pytest.mark.long
async def test_paging_over_ten_thousand_tracks_returns_each_once_while_others_are_added(
    client, services, owner, ten_thousand, sort
):
    genre, sql = ten_thousand
    query = {"genre": genre, "limit": 100, "sort_by": sort}
    async with services.database.read() as conn:
        there = {str(i) for i in await conn.column(str, "select id::text from tracks")}
        mine = "select id::text from tracks where owner_id = $1"
        there = set(await conn.column(str, mine, owner.id))

    seen = []
    while True:
        page = (await client.get("tracks", params=query)).json()["data"]
        seen += ids(page["tracks"])
        if not page["has_more"]:
            break
        query["cursor"] = page["next_cursor"]
        # Some land before the place that was reached, some behind it.
        async with services.database.transaction() as tx:
            await tx.run(sql, owner.id, genre, 3)
            await make.bare_track(tx, owner, "New", genre=genre)

    assert len(there) == 10_000
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


async def test_a_list_takes_one_query(client, services, shelf, other):
    _, genre = shelf
    for query in ({}, {"genre": genre}, {"sort_by": "title", "page": 2}):
        for headers in ({}, other.headers):
            # The first time, what is not kept yet is read by another one.
            await client.get("tracks", params=query, headers=headers)
            async with hearing(services, "tracks") as statements:
                answer = await client.get("tracks", params=query, headers=headers)
            assert answer.status_code == 200
            assert len(statements) == 1, statements


async def test_a_track_and_a_search_take_one_query_each(client, add, services, other):
    track_id = await add("Night Ferry")
    async with services.database.transaction() as tx:
        await track_search.index_tracks(tx, [track_id])
    for path in (f"tracks/{track_id}", "tracks/search?q=night+ferry"):
        for headers in ({}, other.headers):
            # The search asks the dictionary first, which names no tracks.
            async with hearing(services, "tracks t") as statements:
                answer = await client.get(path, headers=headers)
            assert answer.status_code == 200
            assert len(statements) == 1, statements
