"""Reports as creators read them: periods, lists, referrers, CSV, and who may see them."""

import csv
import io
from datetime import date, datetime

import pytest

from tests import make
from tests.domains.music.statistics.counting_steps import Store
from veza.core.access import Role
from veza.core.ids import TrackId, UserId
from veza.domains.music.statistics import personal_data
from veza.domains.music.statistics.jobs import count_statistics

_DAYS = {"from": "2026-01-30", "to": "2026-02-02"}
_JAN, _FEB = date(2026, 1, 31), date(2026, 2, 1)
_EUR = {"currency": "EUR", "mode": "live", "sales_count": 2, "refunds_count": 1, "net_cents": 900}
_TEST = {"currency": "EUR", "mode": "test", "sales_count": 1, "refunds_count": 0, "net_cents": 5}


async def _track(services, artist, title: str = "Night Ferry") -> TrackId:
    async with services.database.transaction() as tx:
        return await make.bare_track(tx, artist.member, title)


async def _read(client, artist, path: str, **query: str):
    answer = await client.get(path, params=_DAYS | query, headers=artist.headers)
    assert answer.status_code == 200, answer.text
    if query.get("format") == "csv":
        assert answer.headers["content-type"].startswith("text/csv")
        return list(csv.reader(io.StringIO(answer.text)))
    return answer.json()["data"]


async def test_an_overview_has_each_day_and_the_sums(client, artist, store: Store):
    await store("artist_days", (artist.id, _JAN, 9, 5, 2), (artist.id, _FEB, 8, 4, 1))
    await store(
        "seller_days",
        (artist.id, _FEB, "EUR", "live", 2, 1, 900),
        (artist.id, _FEB, "EUR", "test", 1, 0, 5),
    )

    found = await _read(client, artist, "statistics/overview")

    nothing = {"plays": 0, "listeners": None, "likes": 0, "sales": []}
    assert found["periods"] == [
        nothing | {"period": "2026-01-30"},
        {"period": "2026-01-31", "plays": 9, "listeners": 5, "likes": 2, "sales": []},
        {"period": "2026-02-01", "plays": 8, "listeners": None, "likes": 1, "sales": [_EUR, _TEST]},
        nothing | {"period": "2026-02-02"},
    ]
    assert found["total"] == {"plays": 17, "listeners": 5, "likes": 3, "sales": [_EUR, _TEST]}


@pytest.mark.long
async def test_a_report_says_up_to_when_it_is_counted(client, services, artist):
    async with services.database.read() as conn:
        before = await conn.value(datetime, "select now()")
    await count_statistics(services.database)

    found = await _read(client, artist, "statistics/overview")

    assert datetime.fromisoformat(found["counted_at"]) >= before


async def test_months_are_sums_of_days(client, artist, store: Store):
    days = [(artist.id, day, 9, 5, 2) for day in (_JAN, _FEB, date(2026, 2, 2))]
    await store("artist_days", *days)
    await store("seller_days", (artist.id, _FEB, "EUR", "live", 2, 1, 900))

    found = await _read(client, artist, "statistics/overview", interval="month")

    rows = [
        (each["period"], each["plays"], each["listeners"], each["sales"])
        for each in found["periods"]
    ]
    assert rows == [("2026-01-01", 9, 5, []), ("2026-02-01", 18, 10, [_EUR])]


async def test_a_release_is_the_sum_of_its_tracks(client, services, artist, store: Store):
    ids = [await _track(services, artist, f"Track {n}") for n in range(3)]
    async with services.database.transaction() as tx:
        release_id = await make.release(tx, artist.member, "Both", *ids[:2])
        sold = await make.product(tx, artist.member, track_id=ids[0], type="track")
        await make.product(tx, artist.member, track_id=ids[2])
        # An album that is shown with one of its tracks is not that track's.
        album = await make.product(tx, artist.member, track_id=ids[0], type="album")
        whole = await make.product(tx, artist.member, release_id=release_id)
    await store("track_days", *((each, _JAN, artist.id, 7, 6, 1) for each in ids))
    await store("release_days", (release_id, _JAN, 8), (release_id, _FEB, 3))
    await store("product_days", (sold, _JAN, "EUR", "live", 2, 1, 900))
    await store("product_days", (whole, _FEB, "EUR", "live", 1, 0, 1080))
    await store("product_days", (album, _FEB, "USD", "live", 1, 0, 900))

    report = await _read(client, artist, f"releases/{release_id}/statistics")
    of_track = await _read(client, artist, f"tracks/{ids[0]}/statistics")
    listed = await _read(client, artist, "statistics/releases")
    tracks = await _read(client, artist, "statistics/tracks")
    products = await _read(client, artist, "statistics/products")

    both = _EUR | {"sales_count": 3, "net_cents": 1980}
    figures = {"plays": 14, "listeners": 8, "likes": 2, "sales": [both]}
    assert report["total"] == figures
    assert of_track["total"] == {"plays": 7, "listeners": 6, "likes": 1, "sales": [_EUR]}
    assert listed["releases"] == [figures | {"id": str(release_id), "title": "Both"}]
    assert [(each["id"], each["sales"]) for each in tracks["tracks"]] == [
        (str(ids[2]), []),
        (str(ids[1]), []),
        (str(ids[0]), [_EUR]),
    ]
    assert [len(each["sales"]) for each in products["products"]] == [1, 1, 0, 1]


@pytest.mark.parametrize("kind", ["tracks", "releases", "products"])
async def test_pages_and_csv_show_each_entry_once(client, services, artist, store, kind):
    async with services.database.transaction() as tx:
        made = []
        for number in range(103):
            title = "=HYPERLINK(1)" if number == 0 else f"No. {number}"
            match kind:
                case "tracks":
                    made.append(await make.bare_track(tx, artist.member, title))
                case "releases":
                    made.append(await make.release(tx, artist.member, title))
                case _:
                    made.append(await make.product(tx, artist.member, title))
    await store("seller_days", (artist.id, _FEB, "EUR", "test", 1, 0, -5))

    listed: list[str] = []
    query = {"limit": "60"}
    while True:
        page = await _read(client, artist, f"statistics/{kind}", **query)
        listed += [each["id"] for each in page[kind]]
        if not page["has_more"]:
            break
        query["cursor"] = page["next_cursor"]
    columns, *rows = await _read(client, artist, f"statistics/{kind}", format="csv")

    newest_first = [str(each) for each in reversed(made)]
    assert sorted(listed) == sorted(newest_first)
    assert [row[0] for row in rows] == listed
    assert columns[-3:] == ["sales_count_eur_test", "refunds_count_eur_test", "net_cents_eur_test"]
    assert {row[1] for row in rows if "HYPERLINK" in row[1]} == {"'=HYPERLINK(1)"}
    assert rows[0][-1] == "0"


async def test_a_report_as_csv(client, artist, store: Store):
    await store("artist_days", (artist.id, _JAN, 9, 4, 2))
    await store("seller_days", (artist.id, _FEB, "EUR", "live", 0, 1, -900))

    columns, *rows = await _read(client, artist, "statistics/overview", format="csv")

    assert columns[:4] == ["period", "plays", "listeners", "likes"]
    assert columns[4:] == ["sales_count_eur", "refunds_count_eur", "net_cents_eur"]
    assert rows == [
        ["2026-01-30", "0", "", "0", "0", "0", "0"],
        ["2026-01-31", "9", "", "2", "0", "0", "0"],
        ["2026-02-01", "0", "", "0", "0", "1", "-900"],
        ["2026-02-02", "0", "", "0", "0", "0", "0"],
    ]


async def test_referrers_by_plays(client, services, artist, store: Store):
    track_id = await _track(services, artist)
    await store(
        "artist_referrers",
        (artist.id, _JAN, "web", "", 3),
        (artist.id, _JAN, "embed", "blog.example", 2),
        (artist.id, _FEB, "embed", "blog.example", 2),
    )
    await store("track_referrers", (track_id, _JAN, artist.id, "other", "", 1))

    found = await _read(client, artist, "statistics/referrers")
    of_track = await _read(client, artist, f"tracks/{track_id}/statistics/referrers")
    rows = await _read(client, artist, "statistics/referrers", format="csv")

    assert found["referrers"] == [
        {"client": "embed", "host": "blog.example", "plays": 4},
        {"client": "web", "host": None, "plays": 3},
    ]
    assert of_track["referrers"] == [{"client": "other", "host": None, "plays": 1}]
    assert rows == [["client", "host", "plays"], ["embed", "blog.example", "4"], ["web", "", "3"]]


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-02-30"},
        {"from": "2026-02-02", "to": "2026-02-01"},
        {"from": "2025-01-01", "to": "2026-02-05"},
        {"to": "0001-01-01"},
        {"from": "2026-02-02T00:00:00Z"},
        {"from": "1"},
        {"interval": "hour"},
        {"format": "xml"},
    ],
)
async def test_a_wrong_range_is_refused(client, artist, query):
    answer = await client.get("statistics/overview", params=query, headers=artist.headers)
    assert answer.status_code == 400, answer.text


async def test_the_longest_range_is_answered(client, artist):
    query = {"from": "2025-01-01", "to": "2026-02-04"}
    answer = await client.get("statistics/overview", params=query, headers=artist.headers)
    assert len(answer.json()["data"]["periods"]) == 400


async def test_erasing_an_artist_deletes_their_figures_alone(tx):
    people = [(await make.member_in(tx, Role.CREATOR))[0] for _ in range(2)]
    for each in people:
        await make.statistics(tx, each, await make.bare_track(tx, each, "Night Ferry"))

    await personal_data.erase(tx, people[0].id)

    for table in personal_data.TABLES:
        column = "seller_id" if table == "seller_days" else "artist_id"
        sql = f"select {column} from {table} where {column} = any($1)"
        assert await tx.column(UserId, sql, [each.id for each in people]) == [people[1].id], table


async def test_figures_are_their_owners_alone(client, services, artist):
    other, admin = (
        await make.person(services, Role.CREATOR),
        await make.person(services, Role.ADMIN),
    )
    track_id = await _track(services, artist)
    async with services.database.transaction() as tx:
        hidden = await make.bare_track(tx, artist.member, "Hidden", visibility="private")
        release_id = await make.release(tx, artist.member, "Mine", track_id, visibility="private")
    key = await make.key_headers(services, artist)

    async def status_of(path: str, headers: dict[str, str]) -> int:
        return (await client.get(path, headers=headers)).status_code

    for person in (other, admin):
        assert await status_of(f"tracks/{track_id}/statistics", person.headers) == 403
        assert await status_of(f"tracks/{track_id}/statistics/referrers", person.headers) == 403
        assert await status_of(f"tracks/{hidden}/statistics", person.headers) == 404
        assert await status_of(f"releases/{release_id}/statistics", person.headers) == 404
    assert await status_of("statistics/overview", {}) == 401
    assert await status_of("statistics/overview", key) == 403, "They show money."
