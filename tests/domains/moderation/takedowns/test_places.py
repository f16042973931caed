"""Kind of item by place: each is gone everywhere once it is taken down, and back as it was."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from tests import make, sounds
from tests.application import wrapped
from tests.crawl import Node, crawl
from tests.domains.moderation.takedowns.takedown_steps import undo
from tests.domains.subsonic.players import Player, sounding_track
from tests.http.apps import assemble, calling
from tests.infra.waiting import until
from veza.app.report_targets import TAKEDOWNS
from veza.app.services import Services, open_services
from veza.app.settings.settings import Settings
from veza.core.ids import ImageId, StreamId, new_id
from veza.core.visibility import Visibility
from veza.domains.music.tracks.models.forms import TrackForm
from veza.domains.social.posts import service as posts

# In how many places each is at least; others are in five.
_FEW = {
    "bundle": 4,
    "image": 3,
    "avatar": 4,
    "banner": 3,
    "clip": 4,
    "cloud_share": 2,
    "comment": 2,
    "commission_message": 1,
    "post_comment": 2,
    "station": 4,
}
# What is without its text then.
_EMPTIED = {"profile", "message", "commission_message"}
# What happened to a message stays in the log of its conversation.
_LOGGED = {"member conversations/{chat}/events"}


type Things = dict[str, object]


@pytest.fixture
async def nodes(
    app: Litestar, settings: Settings, services: Services, ann: make.Person
) -> AsyncIterator[list[Node]]:
    """Two processes on one database, each with caches of its own: the first is that of `client`."""
    password = await make.app_password(services, ann)
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(open_services(settings))
        made = []
        for served in (wrapped(app, settings), assemble(other)[1]):
            site = await stack.enter_async_context(calling(served, path="/"))
            made.append(Node(site, Player(site, ann, password)))
        yield made


async def _end_streams(services: Services) -> None:
    """End what other tests left on air: how far it can be rewound is another number each second."""
    sql = """
        update streams
           set status = 'ended', is_live = false, client_ref = null, interrupted_at = null,
               ended_at = now()
         where is_live or status = 'live'
    """
    async with services.database.transaction(recorded=False) as tx:
        await tx.run(sql)


async def _publish(
    services: Services, artist: make.Person, ann: make.Person, *, word: str, folder: Path
) -> Things:
    """Make an item of each kind that has a page of its own, and what carries smaller things."""
    sound = sounds.write(folder / "tape.flac", sounds.noise(7))
    track_id = await make.track(services, artist, TrackForm(title=f"{word} track"), sound)
    other_id = await sounding_track(services, artist, "Something else")
    async with services.database.transaction() as tx:
        owner, public = artist.member, {"visibility": Visibility.PUBLIC}
        post_id = await make.post(tx, owner, f"{word} post")
        other_post = await make.post(tx, owner, "Another post")
        await posts.index_posts(tx, [post_id, other_post])
        playlist_id, _ = await make.playlist(tx, owner, f"{word} playlist", other_id, "public")
        bundled = [await make.product(tx, owner, title) for title in ("One", "The other one")]
        return {
            "track": track_id,
            "release": await make.release(tx, owner, f"{word} release", other_id, **public),
            "playlist": playlist_id,
            "product": await make.product(tx, owner, f"{word} product"),
            "bundle": await make.bundle(tx, owner, *bundled, title=f"{word} bundle"),
            "bundled": bundled[0],
            "post": post_id,
            "stream": await make.stream(tx, owner, f"{word} stream"),
            "clipped": await make.stream(tx, owner, "A stream with a clip"),
            "show": await make.show(tx, owner, other_id, title=f"{word} show"),
            "other": other_id,
            "commission": await make.commission(tx, ann.member, owner),
            "other_post": other_post,
            "covered": await make.release(tx, owner, "A cover", other_id, **public),
        }


async def _show_pictures(
    client: httpx.AsyncClient, services: Services, artist: make.Person, word: str, folder: Path
) -> Things:
    """Give the artist two pictures, a link to a file, and a cover that is not shown yet."""
    source = sounds.picture(folder / "cover.png", width=64, height=64)
    cover = await make.image(services, artist, source)
    file = await make.cloud_file(services, artist, f"{word} cloud_share.txt")
    share = await make.share(services, artist, file)
    named = {"image": cover, "cloud_share": share.id, "token": share.token, "profile": artist.id}
    for kind in ("avatar", "banner"):
        path, picture = f"profiles/{artist.id}/{kind}", {"file": source.read_bytes()}
        answer = await client.put(path, headers=artist.headers, files=picture)
        assert answer.status_code == 200, answer.text
        async with services.database.read() as conn:
            sql = f"select {kind}_id from profiles where id = $1"
            named[kind] = await conn.value(ImageId, sql, artist.id)
    return named


async def _write_texts(
    client: httpx.AsyncClient, artist: make.Person, word: str, things: Things
) -> Things:
    """Write what others carry: a message, comments, the texts of a profile; and show a cover."""
    texts = (
        ("post", "message", f"conversations/{things['chat']}/messages", {}),
        ("post", "comment", f"tracks/{things['other']}/comments", {}),
        ("post", "post_comment", "social/comments", {"post_id": str(things["other_post"])}),
        ("put", "profile", f"profiles/{artist.id}", {"text": f"{word} profile"}),
        ("put", "image", f"releases/{things['covered']}", {"cover_image_id": str(things["image"])}),
    )
    made: Things = {}
    for method, kind, path, body in texts:
        content = {"content": f"{word} {kind}"} if method == "post" else {}
        answer = await client.request(method, path, headers=artist.headers, json=body | content)
        assert answer.status_code in {200, 201}, answer.text
        if content:
            made[kind] = answer.json()["data"]["id"]
    return made


@pytest.fixture
async def things(
    client: httpx.AsyncClient,
    services: Services,
    artist: make.Person,
    ann: make.Person,
    tmp_path: Path,
) -> Things:
    """Return an item of each kind by its name, and other names in addresses.

    None is needed for another to be seen: what is smaller has a carrier of its own. `w` is a word
    that all texts have.
    """
    await _end_streams(services)
    word = f"zymurgy{new_id().hex[-12:]}"
    found: Things = {"u": artist.username, "u_id": artist.id, "w": word}
    found |= {"chat": await make.conversation(services, "direct", artist, ann)}
    found |= await _publish(services, artist, ann, word=word, folder=tmp_path)
    async with services.database.transaction() as tx:
        played = await make.bare_track(tx, artist.member, "Another piece")
    found |= {"station": await make.station(services, artist, [played], f"{word} station")}
    clipped = StreamId(UUID(str(found["clipped"])))
    found |= {"clip": await make.clip(services, clipped, artist, f"{word} clip")}
    found |= await _show_pictures(client, services, artist, word, tmp_path)
    said = {"words": f"{word} commission_message"}
    path = f"commissions/{found['commission']}/messages"
    sent = await client.post(path, headers=artist.headers, json=said)
    found |= {"commission_message": sent.json()["data"]["entries"][0]["id"]}
    found |= await _write_texts(client, artist, word, found)
    await client.post(f"users/{artist.id}/follow", headers=ann.headers)
    await client.post(f"tracks/{found['track']}/like", headers=ann.headers)
    await make.delivered(services)
    return {name: str(each) for name, each in found.items()}


@pytest.mark.long
async def test_each_is_gone_everywhere_and_comes_back_as_it_was(
    client, nodes, services, things, take_down, moderator, ann
):
    names = things | {"site": str(nodes[0].site.base_url).rstrip("/")}
    before = [await crawl(node, names, ann) for node in nodes]
    for crawled in before:
        seen = {kind: _places_of(kind, crawled, names) for kind in TAKEDOWNS}
        assert not {k: each for k, each in seen.items() if len(each) < _FEW.get(k, 5)}

    taken = [(await take_down(moderator, kind, things[kind])).json()["data"] for kind in TAKEDOWNS]
    await make.delivered(services)
    # At once where it was taken down, and soon in the other process.
    await _ensure_hidden(nodes[0], names, ann, before[0])
    await _soon(lambda: _ensure_hidden(nodes[1], names, ann, before[1]))

    for each in taken:
        assert (await undo(client, moderator, each["id"])).status_code == 200
    await make.delivered(services)
    await _ensure_back(nodes[0], names, ann, before[0])
    await _soon(lambda: _ensure_back(nodes[1], names, ann, before[1]))


async def _ensure_hidden(
    node: Node, names: Mapping[str, str], viewer: make.Person, before: Mapping[str, str]
) -> None:
    """Fail where an item is shown, in any place, or its sound is played."""
    hidden = await crawl(node, names, viewer)
    seen = {kind: _places_of(kind, hidden, names) for kind in TAKEDOWNS}
    seen = {kind: places for kind, places in seen.items() if places}
    assert not seen, _excerpts(before, hidden, set().union(*seen.values()))
    named = {place for place, text in hidden.items() if f"{names['w']} " in text}
    assert not named, _excerpts(before, hidden, named)
    segments = {place for place, text in before.items() if "#EXTM3U" in text}
    assert segments
    heard = {place for place in segments if not hidden[place].startswith("404")}
    assert not heard, _excerpts(before, hidden, heard)


async def _ensure_back(
    node: Node, names: Mapping[str, str], viewer: make.Person, before: Mapping[str, str]
) -> None:
    """Fail where an answer is another than before."""
    after = await crawl(node, names, viewer)
    changed = {place for place in before if after.get(place) != before[place]} - _LOGGED
    assert not changed, _excerpts(before, after, changed)


async def _soon(check: Callable[[], Awaitable[None]]) -> None:
    """Try until it does not fail; after a while, fail as it did at last."""
    failures: list[AssertionError] = []

    async def has_passed() -> bool:
        try:
            await check()
        except AssertionError as failure:
            failures.append(failure)
            return False
        return True

    try:
        await until(has_passed)
    except AssertionError as given_up:
        raise failures[-1] from given_up


def _excerpts(before: Mapping[str, str], after: Mapping[str, str], places: set[str]) -> str:
    """Return both texts of each place, from shortly before where they begin to differ."""
    lines = [f"{len(places)} places:"]
    for place in sorted(places):
        texts = before.get(place, ""), after.get(place, "")
        pairs = enumerate(zip(*texts, strict=False))
        start = max(0, next((at for at, (one, other) in pairs if one != other), 0) - 60)
        lines += [place, *(f"    {text[start : start + 200]!r}" for text in texts)]
    return "\n".join(lines)


def _places_of(kind: str, crawled: Mapping[str, str], names: Mapping[str, str]) -> set[str]:
    """Return where an item is shown: a failure may repeat its id, but not its title."""
    found = set()
    titled = re.compile(rf"{names['w']} {kind}\b")
    for place, text in crawled.items():
        status, _, body = text.partition("\n")
        is_its_own = f"{{{kind}}}" in place and not place.startswith("/rest/")
        # A profile and a message are still there, without their texts.
        is_named = kind not in _EMPTIED and names[kind] in body
        if titled.search(body) or (status == "200" and (is_its_own or is_named)):
            found.add(place)
    return found
