"""Files of tracks in front of the framework: the same responses, and none that are hidden."""

import asyncio
import random

import pytest

from tests import make, sounds
from tests.http.apps import calling
from tests.raw import hearing
from veza.app.api import wrap
from veza.core.access import Role, Scope
from veza.core.ids import TrackId, new_id
from veza.domains.music.audio import covers
from veza.domains.music.audio.service import files as track_files
from veza.domains.music.tracks.models.forms import TrackForm
from veza.http.fast import public_files

# A parameter that means nothing leaves a request to the framework.
FRAMEWORK = "?framework=1"
CONDITIONS = [
    {},
    {"range": "bytes=5-99"},
    {"range": "bytes=-7"},
    {"range": "bytes=99999999999-"},
    {"range": "bytes=5-99", "if-range": '"other"'},
    {"if-none-match": "*"},
    {"if-modified-since": "Tue, 03 Feb 2099 04:05:06 GMT"},
]


@pytest.fixture
def handled(monkeypatch):
    """Notes each request that a handler of the framework answers."""
    calls = []
    opening = (
        (track_files, "open_best_audio"),
        (track_files, "open_media"),
        (covers, "open_cover"),
    )
    for module, name in opening:
        original = getattr(module, name)

        async def noted(*args, _original=original, **options):
            calls.append(args[1])
            return await _original(*args, **options)

        monkeypatch.setattr(module, name, noted)
    return calls


def _comparable(answer):
    headers = {k: v for k, v in answer.headers.items() if k not in {"x-request-id", "date"}}
    body = answer.content
    if answer.headers.get("content-type") == "application/json":
        body = {**answer.json(), "request_id": ""}
    return answer.status_code, headers, body


@pytest.mark.parametrize("headers", CONDITIONS, ids=str)
@pytest.mark.parametrize("route", ["stream", "preview"])
async def test_responses_are_those_of_the_framework(client, shop, handled, route, headers):
    for track_id in (shop.public, shop.downloadable):
        handled.clear()
        ours = await client.get(f"tracks/{track_id}/{route}", headers=headers)
        answered_by_framework = bool(handled)
        theirs = await client.get(f"tracks/{track_id}/{route}{FRAMEWORK}", headers=headers)

        assert _comparable(ours) == _comparable(theirs)
        assert answered_by_framework == (ours.status_code == 416)


def _random_headers(source, known):
    """Return random conditions and ranges, some of which name what the file is."""
    size, (etag, modified) = int(known["content-length"]), (known["etag"], known["last-modified"])
    ends = ["", *(str(source.randrange(-2, size + 2)) for _ in range(2)), str(size - 1), "x"]
    ranges = [f"bytes={source.choice(ends)}-{source.choice(ends)}" for _ in range(2)]
    dates = [modified, "Tue, 03 Feb 2099 04:05:06 GMT", "Tue, 03 Feb 1998 04:05:06 GMT", "x"]
    choices = {
        "range": [
            *ranges,
            f"{ranges[0]},{ranges[1]}",
            f"bytes={size}-",
            "bytes = 0 - 9",
            "items=0-1",
        ],
        "if-range": [etag, '"other"', *dates],
        "if-none-match": [etag, f'"other", W/{etag}', '"other"', "*"],
        "if-modified-since": dates,
        "accept-encoding": ["identity", "zstd", "gzip;q=0"],
    }
    chosen = source.sample(list(choices), source.randrange(1, 4))
    return {name: source.choice(choices[name]) for name in chosen}


@pytest.mark.parametrize("route", ["stream", "preview"])
async def test_random_requests_are_answered_as_by_the_framework(client, shop, handled, route):
    source, statuses, by_framework = random.Random(1), set(), 0
    for _ in range(80):
        path = f"tracks/{source.choice((shop.public, shop.downloadable))}/{route}"
        headers = _random_headers(source, (await client.get(path)).headers)
        handled.clear()
        ours = await client.get(path, headers=headers)
        by_framework += bool(handled)
        theirs = await client.get(f"{path}{FRAMEWORK}", headers=headers)

        assert _comparable(ours) == _comparable(theirs), headers
        statuses.add(ours.status_code)

    assert statuses == {200, 206, 304, 416}
    assert by_framework < 40


@pytest.mark.parametrize("route", ["stream", "preview", "cover"])
async def test_what_not_everybody_may_have_is_left_to_the_framework(client, shop, handled, route):
    other = "01890000-0000-7000-8000-000000000000"
    for path in (f"tracks/{shop.private}", f"tracks/{other}"):
        assert (await client.get(f"{path}/{route}")).status_code == 404
    await client.get(f"tracks/{shop.public}/{route}", headers=shop.owner.headers)
    await client.head(f"tracks/{shop.public}/{route}")

    assert len(handled) == 4


async def _add_heard_track(client, services, folder):
    """Add a track that a visitor has just listened to, so that this process knows its file."""
    owner = await make.person(services, Role.CREATOR)
    source = sounds.write(folder / "hidden.wav", sounds.sine(1))
    track_id = await make.track(services, owner, TrackForm(title="Soon hidden"), source)
    assert (await client.get(f"tracks/{track_id}/stream")).status_code == 200
    return owner, track_id


@pytest.mark.long
@pytest.mark.parametrize("change", ["hidden", "deleted", "suspended"])
async def test_a_change_is_seen_in_the_very_next_response(client, services, folder, change):
    owner, track_id = await _add_heard_track(client, services, folder)

    if change == "hidden":
        form = {"visibility": "private"}
        answer = await client.put(f"tracks/{track_id}", json=form, headers=owner.headers)
    elif change == "deleted":
        answer = await client.delete(f"tracks/{track_id}", headers=owner.headers)
    else:
        form = {"reason": "Test"}
        path = f"admin/users/{owner.id}/suspend"
        admin = await make.person(services, Role.ADMIN)
        answer = await client.post(path, json=form, headers=admin.headers)
    assert answer.is_success, answer.text

    assert (await client.get(f"tracks/{track_id}/stream")).status_code == 404


@pytest.mark.long
@pytest.mark.parametrize("change", ["hidden", "processing", "suspended"])
async def test_a_change_by_another_process_is_seen_within_a_second(
    client, services, folder, change
):
    owner, track_id = await _add_heard_track(client, services, folder)

    async with services.database.transaction(recorded=False) as tx:
        if change == "hidden":
            await tx.run("update tracks set visibility = 'private' where id = $1", track_id)
        elif change == "processing":
            await tx.run("update tracks set status = 'processing' where id = $1", track_id)
    if change == "suspended":
        await make.suspended(services, owner)

    await asyncio.sleep(1)
    assert (await client.get(f"tracks/{track_id}/stream")).status_code in {404, 409}


@pytest.fixture
async def fresh(app, settings, monkeypatch):
    """A client of a process that knows no file yet, and remembers all for as long as it runs."""
    monkeypatch.setattr(public_files, "_REMEMBERED_S", 3600.0)
    async with calling(wrap(app, settings)) as made:
        yield made


async def test_parts_that_many_ask_for_take_few_queries(fresh, services, shop):
    path = f"tracks/{shop.public}/stream"
    async with hearing(services, "track_media") as statements:
        for first in range(20):
            part = {"range": f"bytes={first}-{first + 9}"}
            answer = await fresh.get(path, headers=part)
            assert (answer.status_code, len(answer.content)) == (206, 10)

    assert len(statements) == 1


async def test_concurrent_requests_share_queries(fresh, services, shop):
    paths = [f"tracks/{each}/stream" for each in (shop.public, shop.downloadable)] * 10
    async with hearing(services, "track_media") as statements:
        answers = await asyncio.gather(*(fresh.get(path) for path in paths))

    assert {answer.status_code for answer in answers} == {200}
    assert 1 <= len(statements) < len(paths)


async def test_one_track_and_several_are_found_alike(services, shop):
    async with services.database.read() as conn:
        both = await track_files.list_public_media(conn, [shop.public, shop.downloadable])
        single = await track_files.list_public_media(conn, [shop.public])
        missing = await track_files.list_public_media(conn, [TrackId(new_id())])

    assert single == [media for media in both if media.track_id == shop.public]
    assert len(both) == 2
    assert missing == []


@pytest.fixture(scope="module")
async def listeners(services, shop):
    """Members and others with credentials: what they send."""
    stranger = await make.person(services)
    return {
        "owner": shop.owner.headers,
        "stranger": stranger.headers,
        "key": await make.key_headers(services, shop.owner, Scope.READ),
        "key that may not read": await make.key_headers(services, shop.owner, Scope.WRITE),
        "two members": {**stranger.headers, **await make.key_headers(services, shop.owner)},
        "no token": {"authorization": "Bearer x.y.z"},
    }


async def test_members_get_what_the_framework_would_give_them(
    client, fresh, shop, listeners, monkeypatch
):
    asked = []
    opened = track_files.open_best_audio

    async def noted(*args, **options):
        asked.append(args)
        return await opened(*args, **options)

    monkeypatch.setattr(track_files, "open_best_audio", noted)
    for name, credentials in listeners.items():
        for track_id in (shop.public, shop.downloadable, shop.private, new_id()):
            for part in ({}, {"range": "bytes=5-99"}, {"range": "bytes=-7"}):
                headers = {**credentials, **part}
                ours = await client.get(f"tracks/{track_id}/stream", headers=headers)
                theirs = await client.get(f"tracks/{track_id}/stream{FRAMEWORK}", headers=headers)
                assert _comparable(ours) == _comparable(theirs), (name, part)
    asked.clear()
    path = f"tracks/{shop.public}/stream"
    for first in range(20):
        part = {"range": f"bytes={first}-{first + 9}"}
        answer = await fresh.get(path, headers={**listeners["stranger"], **part})
        assert (answer.status_code, len(answer.content)) == (206, 10)
    assert len(asked) == 1, "what a member may have is known for half a second"


async def test_a_member_loses_a_file_in_the_very_next_response(client, services, folder):
    """A remembered file is not given to another member, nor after a change."""
    owner, track_id = await _add_heard_track(client, services, folder)
    listener = await make.person(services)
    path = f"tracks/{track_id}/stream"
    own = await client.get(path, headers=owner.headers)
    theirs = await client.get(path, headers=listener.headers)
    assert (own.headers["content-type"], theirs.headers["content-type"]) == (
        "audio/wav",
        "audio/mp4",
    )
    blocked = await client.post(f"users/{listener.id}/block", headers=owner.headers)
    assert blocked.is_success, blocked.text
    gone = await client.get(path, headers=listener.headers)
    framework = await client.get(f"{path}{FRAMEWORK}", headers=listener.headers)
    assert gone.status_code == framework.status_code
    form = {"visibility": "private"}
    hidden = await client.put(f"tracks/{track_id}", json=form, headers=owner.headers)
    assert hidden.is_success, hidden.text
    assert (await client.get(path, headers=listener.headers)).status_code == 404
    assert (await client.get(path, headers=owner.headers)).content == own.content
