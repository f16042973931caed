"""What has addresses made of the client's `Host` is private; with a configured address, nothing is.

The client chooses its `Host`: a shared cache that keeps such a document would give it to others.
"""

import re
from collections.abc import Iterator

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests import make
from tests.http.apps import assemble, calling
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import new_id
from veza.core.visibility import Visibility
from veza.http.security.host_addresses import mark_host, without_sharing

HOSTILE = "evil.example"
OWN = "https://music.example"
_PARAMETER = re.compile(r"\{(\w+):\w+\}")

type Things = dict[str, str]


async def make_things(services: Services) -> Things:
    """Make one of everything that is public; return what names it in paths."""
    owner = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        track = await make.bare_track(
            tx, owner.member, "Night Ferry", cover_palette=[250, 100, 60, 120]
        )
        playlist, _ = await make.playlist(tx, owner.member, "A", track, "public")
        release = await make.release(tx, owner.member, "B", track, visibility=Visibility.PUBLIC)
        product = await make.product(tx, owner.member, "A score")
        post = await make.post(tx, owner.member, "Hello.")
        stream = await make.stream(tx, owner.member, "Tape echo")
    return {
        "track_id": str(track),
        "playlist_id": str(playlist),
        "release_id": str(release),
        "product_id": str(product),
        "post_id": str(post),
        "stream_id": str(stream),
        "username": owner.username,
        "user_id": str(owner.id),
        "section": "tracks",
        "tag": "night",
    }


def list_addresses(app: Litestar, things: Things, site: str) -> Iterator[str]:
    """Yield each address of the application that can be read, by the names of things."""
    for route in app.routes:
        handlers = getattr(route, "route_handlers", ())
        if any(
            "GET" in handler.http_methods
            for handler in handlers
            if hasattr(handler, "http_methods")
        ):
            yield _PARAMETER.sub(lambda found: things.get(found[1], str(new_id())), route.path)
    pages = [f"/tracks/{things['track_id']}", f"/releases/{things['release_id']}"]
    for page in pages:
        for form in ("json", "xml"):
            yield f"/oembed?format={form}&url={site}{page}"
    for form in ("m3u8", "xspf", "jspf"):
        yield f"/api/v1/playlists/{things['playlist_id']}/export?format={form}"
    yield "/api/v1/search?q=night"


def may_be_shared(answer: httpx.Response) -> bool:
    given = answer.headers.get("cache-control", "")
    directives = {each.strip() for each in given.split(",")}
    return directives.isdisjoint({"private", "no-store", "no-cache"})


@pytest.mark.long
async def test_nothing_that_caches_may_share_has_the_host_that_the_client_sent(
    services: Services,
) -> None:
    litestar, app = assemble(services)
    things = await make_things(services)
    naming: set[str] = set()
    async with calling(app, path="/") as client:
        for address in list_addresses(litestar, things, f"http://{HOSTILE}"):
            answer = await client.get(address, headers={"host": HOSTILE})
            if HOSTILE in answer.text or HOSTILE in str(answer.headers):
                naming.add(address.partition("?")[0].split("/")[1])
                assert not may_be_shared(answer), f"{address}: {answer.headers}"
    # That the test sees what it is for.
    assert {"robots.txt", "sitemap.xml", "feeds", "oembed", "embed", "tracks", "api"} <= naming


@pytest.mark.long
async def test_with_a_configured_address_nothing_has_the_host_and_documents_are_shared(
    services: Services,
) -> None:
    settings = msgspec.structs.replace(services.settings, public_url=OWN)
    litestar, app = assemble(services, settings)
    things = await make_things(services)
    shared: set[str] = set()
    async with calling(app, path="/") as client:
        for address in list_addresses(litestar, things, OWN):
            answer = await client.get(address, headers={"host": HOSTILE})
            assert HOSTILE not in answer.text, address
            if "public" in answer.headers.get("cache-control", ""):
                shared.add(address.partition("?")[0].split("/")[1])
    assert {"robots.txt", "sitemap.xml", "feeds", "oembed"} <= shared


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, b"private"),
        (b"public, max-age=300", b"private, max-age=300"),
        (b"Public,s-maxage=9, max-age=300", b"private, max-age=300"),
        (b"max-age=5", b"private, max-age=5"),
        (b"private, max-age=5", b"private, max-age=5"),
        (b"no-store", b"no-store"),
        (b"no-cache", b"no-cache"),
    ],
)
def test_what_caches_may_share_becomes_private(given: bytes | None, expected: bytes) -> None:
    headers = [(b"etag", b'"a"'), *([] if given is None else [(b"cache-control", given)])]
    scope: dict[str, object] = {}
    assert without_sharing(headers, scope) == headers
    mark_host(scope)
    assert dict(without_sharing(headers, scope)) == {b"etag": b'"a"', b"cache-control": expected}
