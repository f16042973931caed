"""A live stream in two real browsers, from the plan to the end; and sessions that end."""

import json

import pytest

from tests.encoders import encoding, needs_nginx
from tests.journeys.axe import find_violations_in_themes
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import calling, free_port, served, sign_up
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import click
from tests.make import PASSWORD

pytestmark = [
    pytest.mark.long,
    needs_nginx,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

ADMIN = "live_admin@example.com"
VIDEO = "document.querySelector('video')"
PLAYED = f"({VIDEO}.played.length ? {VIDEO}.played.end(0) - {VIDEO}.played.start(0) : 0)"
SAID = "[...document.querySelectorAll('.log .msg:not(.sending) .rich')].map(one => one.innerText)"


@pytest.fixture(scope="module")
def radio():
    settings = {
        "VEZA_LIVE_RTMP_PORT": str(free_port()),
        "VEZA_ADMIN_EMAIL": ADMIN,
        "VEZA_ADMIN_PASSWORD": PASSWORD,
    }
    with served("--workers", "1", "--with-live", **settings) as server:
        yield server


@pytest.fixture(scope="module")
def tabs(radio):
    """Two members, each with a tab."""
    for name in ("live_ana", "live_rio"):
        sign_up(radio, name)
    with browsing() as ana, browsing() as rio:
        for tab, name in ((ana, "live_ana"), (rio, "live_rio")):
            sign_in(tab, radio, f"{name}@example.com")
        yield ana, rio


@pytest.fixture(scope="module")
def streamer(radio):
    """The client of a member who announced a stream, its path, and the address for the encoder."""
    with calling(radio, sign_up(radio, "live_vera")) as client:
        access = client.get("live/streams/me/key").json()["data"]
        [stream] = client.get("live/streams/me").json()["data"]["streams"]
        path = f"live/streams/{stream['id']}"
        form = {"title": "Tape echo, second take", "category": "Dub", "tags": ["tape"]}
        assert client.put(path, json=form).status_code == 200
        yield client, path, f"{access['rtmp_url']}/{access['stream_key']}"


def fill(tab, selector, text):
    wait_for(tab, f"!!document.querySelector({json.dumps(selector)})")
    tab.ask(
        f"(field => {{ field.value = {json.dumps(text)};"
        " field.dispatchEvent(new Event('input', {bubbles: true})); })"
        f"(document.querySelector({json.dumps(selector)}))"
    )


def sign_in(tab, server, email):
    tab.open(f"{server.url}/sign-in")
    fill(tab, "form [name=email]", email)
    fill(tab, "form [name=password]", PASSWORD)
    click(tab, "form [type=submit]")
    wait_for(tab, "location.pathname === '/'")


def write(tab, text):
    fill(tab, ".compose textarea", text)
    tab.ask(
        "document.querySelector('.compose textarea').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}))"
    )


def shows(text):
    return f"document.querySelector('main')?.innerText.includes({json.dumps(text)})"


def find_violations(tab, where):
    """Return what axe finds on the page, in both themes."""
    return [f"{where} {each}" for each in find_violations_in_themes(tab)]


def test_a_stream_is_heard_and_talked_in_across_an_interruption_until_it_ends(
    radio, tabs, streamer
):
    (ana, rio), (vera, path, url) = tabs, streamer
    page = f"{radio.url}/live/{path.rpartition('/')[2]}"
    rio.open(f"{radio.url}/live")
    wait_for(rio, shows("Nobody is live"))
    found = find_violations(rio, "list")
    ana.open(page)
    wait_for(ana, shows("Not started yet"))
    found += find_violations(ana, "planned")

    with encoding(url) as encoder:
        wait_for(ana, "!!document.querySelector('.stage .badge.live')")
        rio.open(f"{radio.url}/")
        wait_for(rio, "document.querySelector('.stream-card') && !document.querySelector('.sk')")
        found += find_violations(rio, "home")
        click(rio, ".stream-card a")
        for tab in (ana, rio):
            tab.ask("document.querySelector('.stage .start')?.click()")
            wait_for(tab, f"{VIDEO} && {PLAYED} > 2")
            wait_for(tab, f"{VIDEO}.webkitAudioDecodedByteCount > 0")
        assert ana.ask(f"{VIDEO}.videoWidth") == 320
        wait_for(ana, shows("2 listening"))
        wait_for(ana, "/^\\d+ s behind|Go to live/m.test(document.body?.innerText)")
        talk(ana, rio, vera, path)
        found += find_violations(ana, "live")
        # Music of the player, here or in another tab, stops the stream.
        rio.ask("new BroadcastChannel('veza.player').postMessage('playing')")
        wait_for(rio, "!!document.querySelector('.stage .start')")
        encoder.kill()

    wait_for(ana, shows("The connection of the streamer broke"))
    found += find_violations(ana, "interrupted")
    before = ana.ask(f"{VIDEO}.currentTime")
    with encoding(url), browsing() as booth:
        wait_for(ana, f"!document.querySelector('.over') && {VIDEO}.currentTime > {before} + 2")
        end_in_studio(booth, radio)
        wait_for(ana, shows("This stream is over"))
    found += find_violations(ana, "ended")
    assert found == []
    complaints = [text for tab in (ana, rio) for text in tab.complaints]
    # A heartbeat may cross with the end, and the playlist is asked for before it is there.
    assert [text for text in complaints if "409" not in text and "404" not in text] == []


def end_in_studio(tab, radio):
    """See the stream in the preview of the streamer's studio, and end it there."""
    sign_in(tab, radio, "live_vera@example.com")
    tab.open(f"{radio.url}/studio/live")
    click(tab, ".chosen-bar [aria-pressed]")
    tab.ask("document.querySelector('.stage .start')?.click()")
    wait_for(tab, f"{VIDEO} && {PLAYED} > 1 && {VIDEO}.videoWidth === 320")
    click(tab, ".chosen-bar .btn.bad")
    click(tab, "dialog .btn.bad-main")
    wait_for(tab, "!document.querySelector('.chosen-bar .badge.live')")
    assert tab.complaints == []


def talk(ana, rio, vera, path):
    room = vera.get(path).json()["data"]["conversation_id"]
    for tab in (ana, rio):
        click(tab, ".compose.join button")
        wait_for(tab, "!!document.querySelector('.compose textarea')")
    write(ana, "The whole bass walked out.")
    wait_for(rio, f"{SAID}.join() === 'The whole bass walked out.'")
    vera.put(path, json={"slow_mode_seconds": 600})
    wait_for(ana, shows("Slow mode: a message every 600 seconds"))
    write(ana, "And came back.")
    wait_for(ana, "/again in 5\\d\\d s/.test(document.querySelector('.slow')?.innerText)")
    write(ana, "Too soon.")
    assert ana.ask("document.querySelector('.compose textarea').value") == "Too soon."
    # What was written in time is sent by itself, here as soon as slow mode is off.
    assert ana.ask("document.querySelectorAll('.msg.sending').length") == 1
    vera.put(path, json={"slow_mode_seconds": 0})
    wait_for(rio, f"{SAID}.length === 2")

    history = vera.get(f"conversations/{room}/history").json()["data"]["messages"]
    assert [each["content"] for each in history] == ["And came back.", "The whole bass walked out."]
    vera.delete(f"conversations/{room}/messages/{history[0]['id']}")
    for tab in (ana, rio):
        wait_for(tab, f"document.querySelector('.log .gone') && {SAID}.length === 1")
    member = vera.get("users/live_rio").json()["data"]["id"]
    body = {"user_id": member}
    assert vera.request("DELETE", f"conversations/{room}/members", json=body).status_code == 200
    wait_for(rio, shows("You are not in this chat any more"))


def test_a_suspended_member_and_one_who_signed_out_everywhere_are_told_so_at_once(radio, tabs):
    ana, rio = tabs
    for tab in tabs:
        tab.open(f"{radio.url}/notifications")
        wait_for(tab, "!!document.querySelector('.side .account')")
        wait_for(tab, "!!document.querySelector('main h1')")
    with calling(radio) as anybody:
        admin = log_in(anybody, ADMIN)
        token = log_in(anybody, "live_rio@example.com")
        member = anybody.get("users/live_ana").json()["data"]["id"]
    with calling(radio, admin) as staff:
        body = {"reason": "Sold what others made."}
        answer = staff.post(f"admin/users/{member}/suspend", json=body)
        assert answer.status_code == 200, answer.text
    wait_for(ana, shows("Sold what others made."))
    wait_for(ana, "!!document.querySelector('.side a[href=\"/sign-in\"]')")
    found = find_violations(ana, "suspended")
    click(ana, "main .state button")
    click(ana, ".side a[href='/live']")
    wait_for(ana, shows("Nobody is live"))

    with calling(radio, token) as elsewhere:
        assert elsewhere.post("sessions/logout-all").status_code == 200
    wait_for(rio, shows("You were signed out"))
    found += find_violations(rio, "signed out")
    click(rio, "main .state a[href^='/sign-in']")
    wait_for(rio, "!!document.querySelector('form [name=password]')")
    assert found == []


def log_in(client, email):
    form = {"email": email, "password": PASSWORD}
    return client.post("auth/login", json=form).json()["data"]["access_token"]
