"""The web application in a real browser: from signing up to the first play, and accessibility."""

import itertools
import json

import pytest

from tests import sounds
from tests.journeys.axe import OF_COLOURS, WCAG, find_violations_in, needs_axe
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import calling, until, upload, wait_for_track
from tests.journeys.web_pages import wait_for, wait_until_still
from tests.journeys.web_steps import click, drag_by_touch

TITLE = "Night Ferry"
# What is opened over a page, by its key.
OPENED_BY = {"search": "/", "queue": "q", "shortcuts": "?"}

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@pytest.fixture
def tab():
    with browsing() as opened:
        yield opened


@pytest.fixture(scope="module")
def track(server, token, folder):
    source = sounds.write(folder / "ferry.mp3", sounds.sine(7))
    with calling(server, token) as client:
        made = wait_for_track(client, upload(client, source, title=TITLE))
        client.post(
            f"tracks/{made['id']}/comments", json={"content": "Here.", "position_seconds": 3}
        )
        return made


def fill(tab, **values):
    for name, value in values.items():
        field = f"document.querySelector('form [name={name}]')"
        wait_for(tab, f"!!{field}")
        tab.ask(
            f"{field}.value = {json.dumps(value)};"
            f"{field}.dispatchEvent(new Event('input', {{bubbles: true}}))"
        )


def become(tab, server, name):
    tab.open(f"{server.url}/sign-up")
    fill(tab, username=name, email=f"{name}@example.com", password="a long sentence")
    click(tab, "form button[type=submit]")
    click(tab, ".welcome a[href='/']")
    wait_for(tab, "location.pathname === '/'")


def test_from_signing_up_to_the_first_play(server, token, track, tab):
    with calling(server, token) as client:
        before = client.get(f"tracks/{track['id']}").json()["data"]["plays_count"]
    become(tab, server, "first_timer")
    wait_for(tab, "document.querySelector('.side .account').textContent.includes('first_timer')")

    click(tab, f"[aria-label='Play {TITLE}']")
    position = "+document.querySelector('.player [role=slider]').getAttribute('aria-valuenow')"
    wait_for(tab, f"!!document.querySelector('.player') && {position} >= 1")
    click(tab, f".card a[href='/tracks/{track['id']}']")
    wait_for(tab, "document.querySelector('h1')?.innerText === 'Night Ferry'")
    assert tab.ask("navigator.mediaSession.playbackState") == "playing"
    assert tab.ask("navigator.mediaSession.metadata.title") == TITLE
    wait_for(tab, f"{position} >= 4")

    def plays():
        with calling(server, token) as client:
            return client.get(f"tracks/{track['id']}").json()["data"]["plays_count"]

    until(lambda: plays() == before + 1, 60, lambda: str(tab.complaints))
    assert not [text for text in tab.complaints if "/lyrics" not in text]


def test_the_first_page_is_there_before_the_application_which_shows_the_same(
    server, token, track, folder, tab
):
    source = sounds.write(folder / "short.mp3", sounds.sine(2))
    picture = sounds.picture(folder / "shores.png", width=300, height=300).read_bytes()
    with calling(server, token) as client:
        both = [upload(client, source, title=title) for title in ("Shore One", "Shore Two")]
        image = client.post("images", files={"file": ("a.png", picture)}).json()["data"]["id"]
        form = {"title": "Two Shores", "visibility": "public", "cover_image_id": image}
        placed = [{"track_id": wait_for_track(client, each)["id"]} for each in both]
        assert client.post("releases", json=form | {"tracks": placed}).status_code == 201

    def read(root):
        """Return the texts, addresses and places of the cards, and of what is above them."""
        return tab.ask(
            f"[...document.querySelectorAll('{root} .covers > .card')].map(card => ["
            " ...['x', 'y', 'width', 'height'].map(side => card.getBoundingClientRect()[side]),"
            " card.innerText, card.querySelector('a').pathname, card.querySelector('img')?.src,"
            " card.querySelector('.cover').style.backgroundImage.length > 200])"
            f".concat(document.querySelector('{root} .home').innerText.split('Shore')[0])"
        )

    for name in (None, "first_reader"):
        if name:
            become(tab, server, name)
        for width in (1440, 390):
            tab.resize(width)
            tab.call("Network.setBlockedURLs", urls=["*/assets/index-*.js"])
            tab.open(f"{server.url}/")
            wait_for(tab, "document.readyState === 'complete'")
            early = read("#first")
            tab.call("Network.setBlockedURLs", urls=[])
            tab.open(f"{server.url}/")
            wait_for(tab, "!document.getElementById('first') && !!document.querySelector('.card')")

            assert read("#app") == early
            assert any("2 new tracks" in str(each[4]) for each in early)
            assert any(track["id"] in str(each[5]) for each in early)


def test_a_session_outlives_a_reload_and_ends_when_signed_out(server, tab):
    become(tab, server, "second_timer")

    tab.open(f"{server.url}/")
    wait_for(tab, "document.querySelector('.side .account')?.textContent.includes('second_timer')")
    assert "eyJ" not in tab.ask("JSON.stringify({...localStorage, ...sessionStorage})")
    tab.ask("[...document.querySelectorAll('.account-menu button')].at(-1).click()")
    wait_for(tab, "!!document.querySelector('.side a[href=\"/sign-in\"]')")
    assert tab.ask("fetch('/api/v1/users/me').then(answer => answer.status)") == 401


def test_focus_goes_to_a_new_page_unless_it_was_moved_meanwhile(server, tab):
    tab.open(f"{server.url}/")
    main = "document.querySelector('main')"
    wait_for(tab, f"{main}?.getAttribute('aria-busy') === 'false'")
    follow = "document.querySelector('.side a[href=\"/live\"]').click()"
    # In one task: the page can't be there before the focus is moved.
    tab.ask(f"{follow}; document.querySelector('.account').focus()")
    wait_for(tab, f"location.pathname === '/live' && {main}.getAttribute('aria-busy') === 'false'")
    tab.ask("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert tab.ask("document.activeElement.matches('.account')")
    click(tab, ".side a[href='/explore']")
    wait_for(tab, "document.activeElement.id === 'main'")


def test_a_playlist_is_made_filled_and_reordered_by_keyboard_and_by_touch(
    server, token, track, folder, tab
):
    with calling(server, token) as client:
        source = sounds.write(folder / "second.mp3", sounds.sine(5))
        wait_for_track(client, upload(client, source, title="Undertow"))
    become(tab, server, "list_maker")
    tab.open(f"{server.url}/library")
    fill(tab, title="Before rehearsal")
    click(tab, "main form button[type=submit]")
    wait_for(tab, "location.pathname.startsWith('/playlists/')")
    # It is in the sidebar, where that has room.
    tab.resize(1200)
    wait_for(tab, "document.querySelector('.side-list a')?.pathname === location.pathname")
    address = tab.ask("location.pathname")

    for title in (TITLE, "Undertow"):
        tab.open(f"{server.url}/")
        click(tab, f"[aria-label='Add {title} to the queue or a playlist']")
        # To the queue (two ways), together with others, or to the playlist.
        wait_for(tab, "[...document.querySelectorAll('dialog .nav-item')].length === 4")
        tab.ask("[...document.querySelectorAll('dialog .nav-item')].at(-1).click()")
        wait_for(tab, "!document.querySelector('dialog')")
    tab.open(f"{server.url}{address}")
    titles = "[...document.querySelectorAll('.rows b')].map(each => each.textContent).join()"
    wait_for(tab, f"{titles} === '{TITLE},Undertow'")
    tab.ask(
        "document.getElementById('handle-1').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'ArrowUp', bubbles: true, cancelable: true}))"
    )
    wait_for(tab, f"{titles} === 'Undertow,{TITLE}'")
    wait_for(tab, "document.activeElement.id === 'handle-0'")
    # A page that is left too soon takes its request along.
    stored = f"fetch('/api/v1{address}/entries').then(answer => answer.json())"
    wait_for(tab, f"{stored}.then(page => page.data.entries[0].track.title === 'Undertow')")
    tab.open(f"{server.url}{address}")
    wait_for(tab, f"{titles} === 'Undertow,{TITLE}'")
    drag_by_touch(tab, "#handle-0", ".rows [data-index='1']")
    wait_for(tab, f"{titles} === '{TITLE},Undertow'")
    wait_for(tab, f"{stored}.then(page => page.data.entries[1].track.title === 'Undertow')")


def test_a_playlist_of_rules_is_made_and_changed_in_a_dialog(server, track, tab):
    become(tab, server, "rule_maker")
    tab.open(f"{server.url}/library")

    def write(**values):
        wait_for(tab, "!!document.querySelector('dialog form [name=title]')")
        for name, value in values.items():
            tab.ask(
                f"(field => {{ field.value = {json.dumps(value)};"
                " for (const kind of ['input', 'change'])"
                " field.dispatchEvent(new Event(kind, {bubbles: true})); })"
                f"(document.querySelector('dialog form [name={name}]'))"
            )
        tab.ask("document.querySelector('dialog form').requestSubmit()")

    click(tab, "main form [aria-haspopup=dialog]")
    # Nobody has this name: it is said beside the field, and nothing is lost.
    write(title="What I have not heard", artists="traveller, nobody_is_this")
    wait_for(tab, "document.querySelector('dialog [aria-invalid=true]')?.name === 'artists'")
    write(artists="traveller", sort="title", order="asc", max_plays="0")
    wait_for(tab, "location.pathname.startsWith('/playlists/')")
    wait_for(tab, f"document.querySelector('.rows')?.innerText.includes({json.dumps(TITLE)})")
    click(tab, "main .act .btn[aria-haspopup=dialog]")
    write(artists="", genres="polka")
    wait_for(tab, "!document.querySelector('dialog') && !document.querySelector('.rows b')")
    assert [each.rpartition("/")[2] for each in tab.complaints] == ["nobody_is_this"]


def test_what_is_not_there_is_a_page_with_a_way_on(server, tab):
    tab.open(f"{server.url}/nothing/here")
    wait_for(tab, "document.title.startsWith('There is nothing here')")
    click(tab, "main a[href='/']")
    wait_for(tab, "location.pathname === '/'")


@needs_axe
def test_axe_finds_nothing_in_what_is_opened_by_a_key(server, track, tab):
    become(tab, server, "axe_wielder")
    found = []
    themes = (("light", WCAG), ("dark", OF_COLOURS))
    for (name, key), (theme, rules) in itertools.product(OPENED_BY.items(), themes):
        tab.open(f"{server.url}/tracks/{track['id']}")
        wait_for(tab, "!!document.querySelector('main h1')")
        tab.ask("document.querySelector('main .btn-play')?.click()")
        wait_for(tab, "document.querySelector('main').getAttribute('aria-busy') === 'false'")
        tab.ask(f"dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}'}}))")
        wait_for(tab, "!!document.querySelector('dialog, .queue-sheet')")
        found += [f"{name} {each}" for each in find_violations_in(tab, theme, rules)]
    assert found == []


def test_a_search_leads_to_results_and_back_returns_to_the_place_among_them(server, track, tab):
    tab.resize(1200, 260)
    tab.open(f"{server.url}/")
    wait_for(tab, "!!document.querySelector('.side-search')")
    tab.ask("dispatchEvent(new KeyboardEvent('keydown', {key: 'k', ctrlKey: true}))")
    wait_for(tab, "!!document.querySelector('dialog input')")
    tab.ask(
        "(field => { field.value = 'ferry';"
        " field.dispatchEvent(new Event('input', {bubbles: true}));"
        " field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true})) })"
        "(document.querySelector('dialog input'))"
    )
    wait_for(tab, "location.pathname + location.search === '/search?q=ferry'")
    found = f"document.querySelector('.search .list a[href=\"/tracks/{track['id']}\"]')"
    wait_for(tab, f"!!{found}")
    wait_until_still(tab)
    tab.ask(f"{found}.scrollIntoView({{block: 'start'}})")
    place = tab.ask("scrollY")
    assert place > 0
    tab.ask(f"{found}.click()")
    wait_for(tab, "location.pathname.startsWith('/tracks/') && !!document.querySelector('h1')")
    tab.ask("history.back()")
    wait_for(tab, f"!!{found} && Math.abs(scrollY - {place}) < 2")
    # What was looked for is offered again, until it is forgotten.
    tab.open(f"{server.url}/search")
    wait_for(tab, "document.querySelector('main .badge a')?.textContent === 'ferry'")
    tab.ask("document.querySelector('main .badge button').click()")
    wait_for(tab, "!document.querySelector('main .badge')")


def test_a_genre_of_a_track_leads_to_its_page(server, token, folder, tab):
    with calling(server, token) as client:
        source = sounds.write(folder / "slow.mp3", sounds.sine(5, hz=300))
        made = wait_for_track(client, upload(client, source, title="Slow Hand", genre="Dub"))
    tab.open(f"{server.url}/tracks/{made['id']}")
    click(tab, "main a[href='/genres/dub']")
    wait_for(tab, f"!!document.querySelector('main a[href=\"/tracks/{made['id']}\"]')")
    click(tab, ".side a[href='/explore']")
    wait_for(tab, "!!document.querySelector('main .genres a[href=\"/genres/dub\"]')")


def test_a_track_is_reported_after_signing_in(server, track, tab):
    button = "main .stage-head [aria-label=Report]"
    tab.open(f"{server.url}/tracks/{track['id']}")
    click(tab, button)
    wait_for(tab, "location.pathname === '/sign-in'")
    become(tab, server, "reporter")
    tab.open(f"{server.url}/tracks/{track['id']}")
    click(tab, button)
    wait_for(tab, "!!document.querySelector('dialog textarea')")
    tab.ask(
        "(field => { field.value = 'It is mine.';"
        " field.dispatchEvent(new Event('input', {bubbles: true})) })"
        "(document.querySelector('dialog textarea'))"
    )
    click(tab, "dialog form button[type=submit]")
    wait_for(tab, "!!document.querySelector('dialog [role=status]')")


def test_a_comment_keeps_the_second_at_which_it_was_begun(server, track, tab):
    become(tab, server, "slow_writer")
    tab.open(f"{server.url}/tracks/{track['id']}")
    click(tab, "main .btn-play")
    field = "document.querySelector('main .say input')"
    shown = f"{field}.parentNode.querySelector('.tc')?.textContent"
    wait_for(tab, f"!!{field} && {shown} === '0:01'")
    write = f"{field}.dispatchEvent(new Event('input', {{bubbles: true}}))"
    tab.ask(f"{field}.value = 'T'; {write}")
    chip = "document.querySelector('main .say .at .tc')"
    wait_for(tab, f"!!{chip}")
    begun = tab.ask(f"{chip}.textContent.trim()")
    wait_for(tab, "document.querySelector('.player').textContent.includes('0:05')")
    tab.ask(f"{field}.value = 'This chord.'; {write}")
    click(tab, "main .say [type=submit]")
    comment = "[...document.querySelectorAll('main .comment')]"
    wait_for(tab, f"{comment}.some(each => each.textContent.includes('This chord.'))")
    sent = f"{comment}.find(each => each.textContent.includes('This chord.'))"
    assert tab.ask(f"{sent}.querySelector('.tc').textContent") == begun
    # Without the second it is about the whole track.
    tab.ask(f"{field}.value = 'U'; {write}")
    wait_for(tab, f"!!{chip}")
    tab.ask(f"{chip}.click()")
    wait_for(tab, f"!{chip}")
    talk_about(tab, sent)


def talk_about(tab, comment):
    """Like a comment, reply to it, edit the reply, and delete the comment: the reply stays."""

    def press(label, where=comment):
        buttons = f"[...{where}.querySelectorAll('button')]"
        found = f"{buttons}.find(each => (each.ariaLabel ?? each.innerText).startsWith('{label}'))"
        wait_for(tab, f"!!{found}")
        tab.ask(f"{found}.click()")

    def write(text, where):
        wait_for(tab, f"document.activeElement === {where}.querySelector('textarea')")
        tab.ask("document.activeElement.select()")
        tab.write(text)
        tab.ask(f"{where}.querySelector('[type=submit]').click()")

    press("Like")
    wait_for(tab, f"{comment}.querySelector('[aria-pressed=true]')?.innerText.trim() === '1'")
    press("Reply to")
    write("Which one?", comment)
    reply = "document.querySelector('main .comment.reply')"
    wait_for(tab, f"{reply}?.innerText.includes('Which one?')")
    press("Edit", reply)
    write("The second one?", reply)
    wait_for(tab, f"/edited[^]*The second one/.test({reply}.innerText)")
    press("Delete")
    gone = "document.querySelector('main .comment:not(.reply)').innerText"
    wait_for(tab, f"{gone}.includes('is not shown') && !!{reply}")
