"""Links between pages, the way back to a list, and reports, in a real browser."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests import sounds
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.served import Server, calling, set_role, sign_up, upload, wait_for_track
from tests.journeys.web_pages import ANSWERS, open_page, sign_in, wait_for, wait_until_still
from tests.journeys.web_steps import click
from tests.make import PASSWORD

CREATOR, LISTENER, STAFF = "link_creator", "link_listener", "link_staff"
TITLE = "Lantern Quay"
TAG = "lamplight"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@pytest.fixture
def tab() -> Iterator[Tab]:
    with browsing() as opened:
        opened.run_before_pages(ANSWERS)
        yield opened


@pytest.fixture(scope="module")
def things(server: Server, folder: Any) -> dict[str, str]:
    """A track with a tag on a release that is sold, a comment of it, a stream and a post: ids."""
    listener, creator = sign_up(server, LISTENER), sign_up(server, CREATOR)
    sound = sounds.write(folder / "quay.mp3", sounds.sine(4, hz=330))
    with calling(server, creator) as client:

        def create(path: str, **body: Any) -> str:
            answer = client.post(path, json=body)
            assert answer.status_code == 201, answer.text
            return answer.json()["data"]["id"]

        track = wait_for_track(client, upload(client, sound, title=TITLE, tags=TAG))["id"]
        placed = [{"track_id": track}]
        release = create("releases", title=TITLE, kind="ep", tracks=placed, visibility="public")
        sold = {"type": "album", "price_cents": 700, "currency": "EUR", "status": "published"}
        product = create("marketplace/products", title=TITLE, release_id=release, **sold)
        comment = create(f"tracks/{track}/comments", content="Rust and salt.")
        stream = create("live/streams", title=f"{TITLE} live")
        post = create("social/posts", content=f"{TITLE} is out.")
        owner = client.get("users/me").json()["data"]["id"]
    with calling(server, listener) as client:
        assert client.post(f"users/{owner}/follow").is_success
        assert client.post(f"tracks/{track}/like").is_success
    set_role(server, LISTENER, "user")
    return {
        "track": track,
        "release": release,
        "product": product,
        "comment": comment,
        "stream": stream,
        "post": post,
    }


@pytest.fixture(scope="module")
def staff(server: Server) -> str:
    """The access token of an admin, who made nothing of it."""
    sign_up(server, STAFF)
    set_role(server, STAFF, "admin")
    with calling(server) as client:
        form = {"email": f"{STAFF}@example.com", "password": PASSWORD}
        return client.post("auth/login", json=form).json()["data"]["access_token"]


def test_a_track_leads_to_its_tag_and_to_what_sells_it(server: Server, things, tab: Tab) -> None:
    track = f"main a[href='/tracks/{things['track']}']"
    open_page(tab, f"{server.url}/tracks/{things['track']}")
    wait_for(tab, "document.querySelector('main .buy')?.innerText.includes('€7.00')")
    click(tab, f"main a[href='/tags/{TAG}']")
    wait_for(tab, f"location.pathname === '/tags/{TAG}' && !!document.querySelector(\"{track}\")")
    # A search finds what is for sale, on a page of its own.
    open_page(tab, f"{server.url}/search?q={TITLE.replace(' ', '+')}")
    click(tab, f"main a[href='/products/{things['product']}']")
    wait_for(tab, f"document.querySelector('main h1')?.innerText === '{TITLE}'")


@pytest.mark.parametrize(
    ("path", "thing"),
    [("/explore", "release"), ("/library/likes", "track"), ("/feed", "post")],
)
def test_back_returns_to_the_place_on_a_list(
    server: Server, things: dict[str, str], tab: Tab, path: str, thing: str
) -> None:
    sign_in(tab, server, f"{LISTENER}@example.com")
    tab.resize(1200, 200)
    open_page(tab, f"{server.url}{path}")
    wait_until_still(tab)
    selector = json.dumps(f"main a[href='/{thing}s/{things[thing]}']")
    link = f"document.querySelector({selector})"
    wait_for(tab, f"!!{link}")
    tab.ask(f"{link}.scrollIntoView({{block: 'start', behavior: 'instant'}})")
    place = tab.ask("scrollY")
    assert place > 0
    tab.ask(f"{link}.click()")
    wait_for(tab, f"location.pathname === '/{thing}s/{things[thing]}'")
    wait_for(tab, "!!document.querySelector('main > *') && scrollY === 0")
    tab.ask("history.back()")
    wait_for(tab, f"location.pathname === '{path}' && Math.abs(scrollY - {place}) < 2")


@pytest.mark.parametrize(
    ("path", "where", "kind"),
    [
        ("/tracks/{track}", "main .comment", "comment"),
        ("/live/{stream}", "main", "stream"),
    ],
)
def test_what_is_found_is_reported(
    server: Server, things: dict[str, str], staff: str, tab: Tab, path: str, where: str, kind: str
) -> None:
    sign_in(tab, server, f"{LISTENER}@example.com")
    open_page(tab, server.url + path.format(**things))
    click(tab, f"{where} [aria-label=Report]")
    wait_for(tab, "!!document.querySelector('dialog textarea')")
    tab.ask(
        "(field => { field.value = 'It copies a text of mine.';"
        " field.dispatchEvent(new Event('input', {bubbles: true})) })"
        "(document.querySelector('dialog textarea'))"
    )
    click(tab, "dialog form button[type=submit]")
    wait_for(tab, "!!document.querySelector('dialog [role=status]')")
    with calling(server, staff) as client:
        cases = client.get("admin/reports", params={"content_type": kind}).json()["data"]["reports"]
    assert things[kind] in [case["content_id"] for case in cases]


def test_only_creators_have_the_studio_beside_the_pages(
    server: Server, things: dict[str, str], tab: Tab
) -> None:
    entry = "document.querySelector('.side > a[href=\"/studio\"]')"
    sign_in(tab, server, f"{LISTENER}@example.com")
    assert not tab.ask(f"!!{entry}")
    sign_in(tab, server, f"{CREATOR}@example.com")
    wait_for(tab, f"!!{entry}")
