"""Checks of all pages of the web application, in a real browser.

Accessible in every state, without sideways scrolling at 320 px, silent on the console, sparing with
requests, and without leftovers in memory.
"""

import json
import re
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests import sounds
from tests.journeys.axe import WCAG_WITH_TARGETS, find_violations, needs_axe
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.clip_steps import make_clip
from tests.journeys.notice_mails import find_notice_token
from tests.journeys.served import calling, set_role, sign_up, until, upload, wait_for_track
from tests.journeys.web_forms import FILL_ALL_FORMS, SPOILED
from tests.journeys.web_pages import (
    ANSWERS,
    OF_MEMBERS,
    PAGES,
    follow_link,
    go,
    open_page,
    sign_in,
    unexpected,
    wait_for,
    wait_until_drawn,
)
from tests.make import PASSWORD

# Without data a page looks much the same by day and by night, and to all.
LOOKS = {
    "real": (("light", 1440), ("dark", 320)),
    **dict.fromkeys(("empty", "failed"), (("dark", 320),)),
    **dict.fromkeys(("waiting", "missing"), (("light", 320),)),
}
# The staff's tables are widest, and are read on tablets, too.
TABLET = ("light", 768)
# The pages that most people come to are looked at from phones to the widest of screens.
OF_ALL_WIDTHS = ("/", "/feed", "/artists/:username", "/releases/:id")
ALL_WIDTHS = (("light", 390), TABLET, ("dark", 2560))
# Rounds of visits to all pages, after which nothing may be left of them.
ROUNDS = 3
CONSOLE = "/console/"
OWNER, VISITOR = "quality_owner", "quality_visitor"
# What people see most, and each layout at least once.
MAIN_PAGES = (
    *("/", "/explore", "/search", "/tracks/:id", "/artists/:username", "/releases/:id"),
    *("/playlists/:id", "/library", "/library/likes", "/feed", "/posts/:id", "/notifications"),
    *("/messages/:id", "/products/:id", "/cart", "/orders/:id", "/live/:id", "/settings/profile"),
    *("/settings/look", "/studio", "/studio/tracks/:id/lyrics", "/studio/releases/:id"),
    *("/studio/statistics", "/console", "/console/members"),
)
# Areas whose pages all say that the viewer may not see them: the first stands for the others.
CLOSED = {None: ("/settings", "/studio", "/console"), VISITOR: ("/console",), OWNER: ()}
PICTURE = re.compile(r"/cover|/images/")
# The live connection begins after the first page.
LIVE = "performance.getEntriesByType('resource').some(one => one.name.endsWith('/chat/token'))"
# All answers are late: a page that is left at once gets them afterwards.
LATE = """
window.late = 0;
const answer = window.fetch;
window.fetch = async (...given) => {
  window.late += 1;
  const response = await answer(...given);
  await new Promise(over => setTimeout(over, 400));
  window.late -= 1;
  return response;
};
"""
# All elements with what axe judges them by, without texts, addresses and ids: those of the frame
# that pages share, and those of the page itself.
STRUCTURE = """
['body *:not(main, main *)', 'main, main *'].map(part =>
  [...document.querySelectorAll(part)].map(each => [each.tagName, !!each.textContent.trim(),
    ...[...each.attributes].map(({name, value}) =>
      /^(href|src|srcset|id|for|title|alt|placeholder)$/.test(name)
      || /^(style|aria-(label|labelledby|describedby|controls|current)|data-)/.test(name)
      ? name : `${name}=${value}`)].join(' ')).join('\\n'))
"""
# Titles that break within words, as there is no room beside something else.
SQUEEZED = """
[...document.querySelectorAll('main h1')].filter(each => {
  const {width, height} = each.getBoundingClientRect();
  const line = parseFloat(getComputedStyle(each).fontSize);
  return width > 1 && width < 120 && each.innerText.length > 3 && height > 2 * line;
}).map(each => `${each.innerText.slice(0, 20)} in ${each.clientWidth} px`)
"""
SOLD = {"type": "album", "price_cents": 700, "currency": "EUR", "status": "published"}
BUNDLED = {"contents": "all_products", "percent_off": 20, "status": "published"}
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@pytest.fixture(scope="module")
def things(server, folder):
    """Make the content of the pages; return the ids that their addresses contain, by name."""
    tokens = [sign_up(server, name) for name in (OWNER, VISITOR)]
    sound = sounds.write(folder / "long.mp3", sounds.sine(3))
    with calling(server, tokens[1]) as client:
        other = client.get(f"users/{OWNER}").json()["data"]["id"]
        form = {"title": LONG, "type": "sample_pack", "price_cents": 500, "currency": "EUR"}
        answer = client.post("marketplace/products", json=form | {"status": "published"})
        product = answer.json()["data"]["id"]
    with calling(server, tokens[0]) as client:
        post = partial(create, client)
        tracks = make_tracks(client, sound)
        placed = [{"track_id": track, "number": n} for n, track in enumerate(tracks, 1)]
        form = {"artist_name": LONG, "kind": "ep", "tracks": placed, "visibility": "public"}
        # More than a phone shows beside each other.
        release, *_ = [post("releases", title=LONG, **form)["id"] for _ in range(4)]
        playlist = post("playlists", title=f"{LONG} list", visibility="public")["id"]
        post(f"playlists/{playlist}/entries", track_ids=tracks)
        post(f"tracks/{tracks[0]}/comments", content=f"{LONG} here", position_seconds=2)
        offer, bundle = [
            post("marketplace/products", title=LONG, release_id=release, **SOLD)["id"],
            post("marketplace/bundles", title=LONG, **BUNDLED)["id"],
        ]
        post(f"marketplace/products/{offer}/codes", count=2, label=LONG)
        order = post("marketplace/orders", items=[{"product_id": product, "price_cents": 500}])
        stream = post("live/streams", title=f"{LONG} live")["id"]
        clip = make_clip(server, client, stream, LONG)["id"]
        gear = post("inventory/gear", name=LONG, brand=LONG, warranty_until="2030-01-01")["id"]
        post(f"inventory/gear/{gear}/repairs", repair_date="2026-01-01", description=LONG)
        said = post("social/posts", content=f"On the #ferry: {LONG} https://example.com/{LONG}")
        page = post("profiles", kind="band", handle="quality_band", display_name=LONG)["id"]
        label = post("profiles", kind="label", handle="quality_label", display_name=LONG)["id"]
        show, station = make_show(client, tracks[0]), make_station(client, tracks[0])
        # Staff don't see who reports what is theirs.
        form = {"content_type": "product", "content_id": product}
        report = post("reports", reason=f"{LONG} {LONG}", **form)["id"]
        owner = client.get("users/me").json()["data"]["id"]
        client.headers["x-veza-profile"] = page
        of_page = make_things_of_page(client, sound)
    with calling(server, tokens[1]) as client:
        client.post(f"users/{other}/follow")
        visitor = client.get("users/me").json()["data"]["id"]
        client.post(f"social/posts/{said['id']}/comments", json={"content": LONG})
        form = {"type": "direct", "member_ids": [other]}
        conversation = client.post("conversations", json=form).json()["data"]["id"]
    # Who has the console, too.
    set_role(server, OWNER, "admin")
    with calling(server) as client:
        form = {"email": f"{OWNER}@example.com", "password": PASSWORD}
        admin = client.post("auth/login", json=form).json()["data"]["access_token"]
    appeal = warn(server, visitor, tokens, admin)
    fill_console(server, admin)
    made = {
        "bundle": bundle,
        "clip": clip,
        "commission": order_service(server, tokens),
        # Staff see no notices about what is theirs.
        "notice": claim_copyright(server, f"artists/{VISITOR}"),
        "member": visitor,
        "report": report,
        "appeal": appeal,
        "track": tracks[0],
        "artist": OWNER,
        "release": release,
        "playlist": playlist,
        "show": show,
        "station": station,
        "room": make_room(server, tokens[0], tracks[0]),
    }
    made |= {"product": product, "order": order["id"], "offer": offer, "stream": stream}
    links = {"claim": offer_page(server, tokens[0]), "share": share_file(server, tokens[0])}
    made |= links | {
        "page": page,
        "label": label,
        "gear": gear,
        "guest": order_as_guest(server, product),
    }
    made |= {"owner": owner, "of_page": of_page}
    return made | {"post": said["id"], "conversation": conversation}


def create(client, path, **body):
    """Return what a POST with a body of JSON made."""
    answer = client.post(path, json=body)
    assert answer.status_code in {200, 201}, (path, answer.text)
    return answer.json()["data"]


def make_tracks(client, sound):
    """Return the ids of the two tracks that have pages; there are as many as the home page expects.

    With fewer, what is below them there would move.
    """
    form = {"description": f"{LONG} {LONG}", "tags": "ferry", "genre": "ambient"}
    titles = [LONG, "Undertow", *(f"Ferry {number}" for number in range(10))]
    tracks = [upload(client, sound, title=title, **form) for title in titles]
    for track in tracks:
        assert wait_for_track(client, track)["status"] == "ready"
    return tracks[:2]


def make_things_of_page(client, sound):
    """Return the ids of what a page has, by name, for the forms that change it."""

    def post(path, **body):
        return create(client, path, **body)["id"]

    track = upload(client, sound, title="Of the page")
    assert wait_for_track(client, track)["status"] == "ready"
    release = post(
        "releases", title="Of it", kind="ep", tracks=[{"track_id": track}], visibility="public"
    )
    return {
        "track": track,
        "release": release,
        "offer": post("marketplace/products", title="Of it", release_id=release, **SOLD),
        "bundle": post("marketplace/bundles", title="Of it", **BUNDLED),
        "playlist": post("playlists", title="Of it", visibility="public"),
        "stream": post("live/streams", title="Of it"),
        "gear": post("inventory/gear", name="Of it"),
        "show": make_show(client, track),
        "station": make_station(client, track),
    }


def make_show(client, track):
    """Return the id of a show of which a track is an episode."""
    form = {"title": LONG, "description": LONG}
    show = client.post("shows", json=form).json()["data"]["id"]
    chapters = [{"start_seconds": 0, "title": LONG}]
    form = {"track_id": track, "notes": LONG, "chapters": chapters}
    assert client.post(f"shows/{show}/episodes", json=form).status_code == 201
    return show


def make_station(client, track):
    """Return the id of a station on air that plays a track."""
    form = {"title": LONG, "is_on_air": True, "program": {"track_ids": [track]}}
    made = client.post("stations", json=form)
    assert made.status_code == 201, made.text
    return made.json()["data"]["id"]


def make_room(server, token, track):
    """Return the id of a conversation that listens to a track."""
    with calling(server, token) as client:
        made = client.post("conversations", json={"type": "room", "name": LONG})
        room = made.json()["data"]["id"]
        begun = client.post(f"conversations/{room}/listening", json={"track_ids": [track]})
        assert begun.status_code == 201, begun.text
    return room


def order_service(server, tokens):
    """Return the id of a service that the first member ordered of the second."""
    with calling(server, tokens[1]) as client:
        form = {"title": LONG, "type": "service", "price_cents": 0, "status": "published"}
        service = client.post("marketplace/products", json=form).json()["data"]["id"]
    with calling(server, tokens[0]) as client:
        form = {"items": [{"product_id": service}]}
        order = client.post("marketplace/orders", json=form).json()["data"]
        commission = order["items"][0]["id"]
        until(lambda: client.get(f"commissions/{commission}").is_success, 20)
    return commission


def order_as_guest(server, product):
    """Return the token of an order without an account."""
    with calling(server) as client:
        items = [{"product_id": product, "price_cents": 500}]
        form = {"items": items, "email": "guest@example.com"}
        return client.post("marketplace/orders", json=form).json()["data"]["token"]


def offer_page(server, token):
    """Make a page of a label for an artist; return the token of the mail that claims it."""
    form = {"kind": "artist", "handle": "quality_artist", "display_name": LONG}
    with calling(server, token) as client:
        answer = client.post("profiles", json=form | {"invite_email": "claim@example.com"})
        assert answer.is_success, answer.text
    until(lambda: find_claim(server), 60)
    return find_claim(server)


def share_file(server, token):
    """Upload a file, and return the token of a link to it."""
    with calling(server, token) as client:
        file = client.post("cloud/files", files={"file": (f"{LONG}.txt", b"Night Ferry")})
        path = f"cloud/files/{file.json()['data']['id']}/share"
        return client.post(path, json={}).json()["data"]["token"]


def find_claim(server):
    """Return the token in the mail to who may claim a page, once it was sent."""
    mails = [path.read_text() for path in Path(server.data_dir, "mail").glob("*.eml")]
    # Others who use this server send some, too.
    own = [mail.replace("=\n", "") for mail in mails if "To: claim@example.com" in mail]
    found = [re.search(r"/claim/([\w-]+)", mail) for mail in own]
    return next((match[1] for match in found if match), None)


def claim_copyright(server, path):
    """Send a notice of copyright, and confirm it by the mailed link; return its id."""
    email = "holder@example.com"
    form = {"work": LONG, "rights_holder": LONG, "signature": LONG, "statement": f"{LONG} {LONG}"}
    urls = [f"{server.url}/{path}", f"{server.url}/{LONG}"]
    with calling(server) as client:
        answer = client.post("copyright/notices", json=form | {"email": email, "urls": urls})
        assert answer.status_code == 202, answer.text
        until(lambda: find_notice_token(server, email), 60)
        token = find_notice_token(server, email)
        assert client.post("copyright/notices/confirm", json={"token": token}).is_success
    return answer.json()["data"]["id"]


def warn(server, visitor, tokens, admin):
    """Warn the visitor, as the owner; return the page on which they may appeal."""
    with calling(server, tokens[0]) as client:
        form = {"content_type": "user", "content_id": visitor, "reason": LONG}
        report = client.post("reports", json=form).json()["data"]["id"]
    with calling(server, admin) as client:
        verdict = {"action": "warn", "reason": LONG}
        answer = client.post(f"admin/reports/{report}/resolve", json=verdict)
        assert answer.status_code == 200, answer.text
    with calling(server, tokens[1]) as client:
        return client.get("sanctions").json()["data"]["sanctions"][0]["page"]


def fill_console(server, admin):
    """Let a newcomer wait, invite somebody, and block a domain: with long words."""
    with calling(server, admin) as client, calling(server) as newcomer:
        form = {"username": "quality_newcomer", "email": "new@example.com", "password": PASSWORD}
        assert client.put("admin/sign-up", json={"mode": "approval"}).is_success
        try:
            answer = newcomer.post("auth/register", json=form | {"message": f"{LONG} {LONG}"})
            assert answer.status_code == 202, answer.text
        finally:
            assert client.put("admin/sign-up", json={"mode": "open"}).is_success
        assert client.post("auth/invitations", json={}).is_success
        form = {"rule": "block", "domains": [f"spam-{LONG[:40]}.{LONG[:40]}.example"]}
        assert client.post("admin/mail-domains", json=form).is_success


@pytest.fixture(scope="module")
def judged():
    return set()


@pytest.fixture
def tab():
    with browsing() as opened:
        opened.run_before_pages(ANSWERS)
        # Colours that are changing have no contrast that could be judged.
        opened.prefer(prefers_reduced_motion="reduce")
        yield opened


def addresses(things):
    return {route: page.path.format(**things) for route, page in PAGES.items()}


def shown_to(viewer, things):
    """Return the addresses of the pages that differ for a viewer, by route."""
    closed, shown = set(), {}
    for route, path in addresses(things).items():
        area = next((area for area in CLOSED[viewer] if path.startswith(area)), None)
        if area not in closed:
            shown[route] = path
        closed |= {area} - {None}
    return shown


def show(tab, theme, width, shown):
    """Show the page in a look, unless it is shown so already."""
    root = "document.documentElement.dataset"
    if (theme, width) == shown and tab.ask(f"{root}.theme") == theme:
        return
    tab.resize(width)
    tab.ask(f"{root}.theme = '{theme}'")
    wait_until_drawn(tab)


def find_faults(tab, look, judged):
    """Return what is wrong with the page as it is shown.

    `judged` has the structures that axe has judged in each look: pages share their frame, and most
    that failed, or that still wait, differ in their texts alone.
    """
    frame, main = [(look, part) for part in tab.ask(STRUCTURE)]
    if frame not in judged:
        found = find_violations(tab, WCAG_WITH_TARGETS)
    elif main not in judged:
        found = find_violations(tab, WCAG_WITH_TARGETS, "main")
    else:
        found = []
    judged |= {frame, main}
    # On a phone the window (`innerWidth`), and all that is as wide, grows with what is too wide.
    wide = tab.ask(
        "(width => document.documentElement.scrollWidth <= width ? '' :"
        " [...document.querySelectorAll('body *')].filter(each =>"
        " each.getBoundingClientRect().right > width + 1 && !each.closest('.tabs, .player'))"
        ".slice(0, 8).map(each => `${each.tagName}.${each.getAttribute('class')}`).join()"
        " || 'something')(document.documentElement.clientWidth)"
    )
    found += [f"scrolls sideways for {wide}"] if wide else []
    found += [f"the title is squeezed: {each}" for each in tab.ask(SQUEEZED)]
    # A message whose area is not loaded is shown as its key.
    untold = tab.ask(
        "[...document.body.innerText.matchAll(/^[a-z]+(\\.[a-zA-Z]+)+$/gm)].map(each => each[0])"
    )
    return found + [f"the message {key} is not loaded" for key in untold]


@needs_axe
@pytest.mark.parametrize("viewer", [None, VISITOR, OWNER])
def test_every_page_is_accessible_in_every_state(server, things, tab, judged, viewer):
    states = LOOKS if viewer == OWNER else ("real",)
    if viewer:
        sign_in(tab, server, f"{viewer}@example.com")
    open_page(tab, f"{server.url}/nothing/here")
    found, look = [], None
    for answers in states:
        for route, path in shown_to(viewer, things).items():
            # Its pages share what they show then.
            if path.startswith(CONSOLE) and answers not in {"real", "empty"}:
                continue
            before = tab.ask("document.title = ''")
            go(tab, path, answers)
            more = [TABLET] if path.startswith("/console") else []
            more += ALL_WIDTHS if route in OF_ALL_WIDTHS else []
            for theme, width in (*LOOKS[answers], *(more if answers == "real" else [])):
                show(tab, theme, width, look)
                look = theme, width
                faults = find_faults(tab, look, judged)
                found += [f"{path} {answers} {theme} {width}: {each}" for each in faults]
            if tab.ask("document.title") == before and answers == "real":
                found.append(f"{path} {answers}: it has no title")
            if tab.ask("document.activeElement.id") not in {"main", ""}:
                found.append(f"{path} {answers}: the focus is not in main")
    assert not found, "\n".join(found)
    # An order and an item of gear are not there for others, nor are parts, askings and drafts.
    parts = [f"{things[one]}/{of}" for one in ("release", "offer") for of in ("splits", "credits")]
    private = [things["order"], things["gear"], *parts, f"{things['label']}/label"]
    private = [] if viewer == OWNER else private
    assert not [each for each in unexpected(tab) if not any(one in each for one in private)]


def test_main_pages_fit_where_lines_run_to_the_left(server, things, tab):
    tab.run_before_pages("localStorage.setItem('veza.language', 'xb')")
    sign_in(tab, server, f"{OWNER}@example.com")
    found = []
    for route in MAIN_PAGES:
        path = addresses(things)[route]
        go(tab, path)
        for width in (390, 1440):
            tab.resize(width)
            wait_until_drawn(tab)
            wide = tab.ask(
                "(width => document.documentElement.scrollWidth <= width ? '' :"
                " [...document.querySelectorAll('body *')].filter(each =>"
                " each.getBoundingClientRect().left < -1).slice(0, 8)"
                ".map(each => `${each.tagName}.${each.getAttribute('class')}`).join()"
                " || 'something')(document.documentElement.clientWidth)"
            )
            found += [f"{path} {width}: scrolls sideways for {wide}"] if wide else []
        start = "getComputedStyle(document.querySelector('main h1, main h2')).textAlign"
        side = "getComputedStyle(document.querySelector('main')).direction"
        assert tab.ask(f"[document.documentElement.dir, {side}].join()") == "rtl,rtl", path
        assert tab.ask(f"{start}") in {"start", "center"}, path
    assert not found, "\n".join(found)
    # The navigation is on the right, and the text of messages is marked.
    tab.resize(1440)
    assert tab.ask("document.querySelector('.side').getBoundingClientRect().left") > 1000
    assert tab.ask("document.querySelector('.nav-item').innerText.includes('\u2067')")
    assert not unexpected(tab)


@pytest.mark.parametrize("viewer", [None, OWNER])
def test_forms_say_what_is_wrong_in_the_readers_language(server, things, tab, viewer):
    tab.run_before_pages(SPOILED)
    if viewer:
        sign_in(tab, server, f"{viewer}@example.com")
    open_page(tab, f"{server.url}/nothing/here")
    tab.ask("localStorage.setItem('veza.language', 'de')")
    open_page(tab, f"{server.url}/nothing/here")
    tab.ask("window.forms = 0")
    found = []
    for path in shown_to(viewer, things).values():
        go(tab, path)
        found += [f"{path}: {each}" for each in tab.ask(FILL_ALL_FORMS)]
    assert not found, "\n".join(found)
    assert tab.ask("window.forms") > (4 if viewer is None else 40)
    assert tab.ask("window.dialogs.size") > (2 if viewer is None else 8)


def test_forms_say_as_which_page_they_send(server, things, tab):
    tab.run_before_pages(SPOILED)
    sign_in(tab, server, f"{OWNER}@example.com")
    open_page(tab, f"{server.url}/nothing/here")
    chosen = {"accountId": things["owner"], "id": things["page"], "handle": "quality_band"}
    chosen |= {"display_name": LONG, "avatar_url": None}
    tab.ask(f"sessionStorage.setItem('veza.acting', {json.dumps(json.dumps(chosen))})")
    tab.ask("localStorage.setItem('veza.language', 'de')")
    open_page(tab, f"{server.url}/nothing/here")
    tab.ask("window.forms = window.ofPage = 0")
    found = []
    for path in shown_to(OWNER, things | things["of_page"]).values():
        # Staff are members, never pages.
        if path.startswith("/console"):
            continue
        go(tab, path)
        found += [f"{path}: {each}" for each in tab.ask(FILL_ALL_FORMS)]
    assert not found, "\n".join(found)
    assert tab.ask("window.ofPage") > 30


@pytest.mark.parametrize("viewer", [None, OWNER])
def test_pages_are_silent_and_ask_for_each_thing_once(server, things, tab, viewer):
    if viewer:
        sign_in(tab, server, f"{viewer}@example.com")
    found = []
    for route, path in shown_to(viewer, things).items():
        page = PAGES[route]
        tab.open("about:blank")
        wait_for(tab, "location.protocol === 'about:'")
        tab.requests.clear()
        open_page(tab, f"{server.url}{path}")
        if viewer:
            wait_for(tab, LIVE)
        asked = Counter(each for each in tab.requests if "/api/" in each or "/assets/" in each)
        found += [
            f"{path} asks {count} times: {each}"
            for each, count in asked.items()
            if count > (page.times if each.endswith(page.repeated) else 1)
        ]
        calls = [each for each in asked if "/api/" in each and not PICTURE.search(each)]
        calls = [each for each in calls if not (viewer and each.endswith(OF_MEMBERS))]
        if len(calls) > page.requests:
            found.append(f"{path} sends {len(calls)} requests: {calls}")
        shifted = tab.ask("window.shifted")
        if shifted > 0.1:
            found.append(f"{path} shifts by {shifted}: {tab.ask('window.moved')}")
        found += [f"{path} complains: {each}" for each in unexpected(tab)]
        tab.complaints.clear()
    assert not found, "\n".join(found)


def test_pages_that_are_left_before_their_answers_are_silent(server, things, tab):
    tab.run_before_pages(LATE)
    sign_in(tab, server, f"{OWNER}@example.com")
    open_page(tab, f"{server.url}/nothing/here")
    for path in shown_to(OWNER, things).values():
        follow_link(tab, path)
        wait_until_drawn(tab)
    go(tab, "/nothing/here")
    wait_for(tab, "window.late === 0")
    assert not unexpected(tab)


def test_pages_that_are_left_leave_nothing_in_memory(server, things, tab):
    sign_in(tab, server, f"{OWNER}@example.com")
    open_page(tab, f"{server.url}/")
    # The page that deletes an account is known to leave its nodes behind.
    # Most pages of the console are lists alike.
    pages = [*shown_to(VISITOR, things).values(), *("/console/health", "/console/audit")]
    paths = [path for path in pages if path != "/settings/delete"]

    def visit(times):
        for _ in range(times):
            for path in paths:
                go(tab, path)
        go(tab, "/")
        return tab.count_objects()

    before = visit(1)
    visit(ROUNDS)
    # What a page leaves behind would be there for each round.
    bounds = {"Nodes": ROUNDS * len(paths), "JSEventListeners": len(paths)}
    bounds["JSHeapUsedSize"] = 2_000_000

    def grown():
        after = tab.count_objects()
        return {
            name: after[name] for name, by in bounds.items() if after[name] - before[name] >= by
        }

    # A request that is still under way keeps its page for as long; a leak stays.
    until(lambda: not grown(), 60, lambda: f"{before} grew to {grown()}")
