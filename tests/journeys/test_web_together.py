"""Two people listen together in two real browsers: what each hears is compared."""

import json
from pathlib import Path

import pytest

from tests import sounds
from tests.journeys.axe import find_violations_in_themes
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.served import calling, served, sign_up, until, upload, wait_for_track
from tests.journeys.web_pages import ANSWERS, open_page, sign_in, unexpected, wait_for
from tests.journeys.web_steps import press, send, shows

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

MAX_DRIFT_S = 0.15
# Samples that are compared, a moment apart.
SAMPLES = 20
# Keeps the audio elements that the page makes.
RECORDER = """
    window.heard = [];
    const Plain = window.Audio;
    window.Audio = function () { const made = new Plain(); window.heard.push(made); return made; };
"""
# Where the one that plays is, and by which clock.
PLACE = """(() => {
    const found = window.heard.filter(each => !each.paused && each.currentTime > 0);
    if (found.length !== 1) return null;
    const [one] = found;
    const now = performance.timeOrigin + performance.now();
    const address = new URL(one.src).pathname;
    return {address, zero: now / 1000 - one.currentTime, rate: one.playbackRate};
})()"""
IS_SILENT = "window.heard.every(each => each.paused)"
PLAYING = "document.querySelector('.together-track')?.innerText"


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory):
    """A server of two processes with two members and two tracks of a minute."""
    folder: Path = tmp_path_factory.mktemp("sounds")
    with served("--workers", "2") as server:
        token = sign_up(server, "room_ana")
        sign_up(server, "room_rio")
        with calling(server, token) as client:
            for title, pitch in (("Tide table", 220), ("Undertow", 330)):
                sound = sounds.write(folder / f"{pitch}.wav", sounds.sine(60, hz=pitch))
                track = upload(client, sound, title=title, visibility="public")
                assert wait_for_track(client, track)["status"] == "ready"
        yield server, token


@pytest.fixture
def tabs(club):
    with browsing() as ana, browsing() as rio:
        for tab, name in ((ana, "room_ana"), (rio, "room_rio")):
            tab.run_before_pages(ANSWERS + RECORDER)
            sign_in(tab, club[0], f"{name}@example.com")
        yield ana, rio


def _difference(one: Tab, other: Tab) -> float | None:
    """Return how far two members are apart, in seconds; None unless both hear the same track."""
    first, second = one.ask(PLACE), other.ask(PLACE)
    if not first or not second or first["address"] != second["address"]:
        return None
    assert all(0.97 <= each["rate"] <= 1.03 for each in (first, second))
    return abs(first["zero"] - second["zero"])


def _ensure_together(one: Tab, other: Tab) -> None:
    """Wait until both hear the same, and look then whether they stay together."""
    calm = 0

    def is_calm() -> bool:
        nonlocal calm
        apart = _difference(one, other)
        calm = calm + 1 if apart is not None and apart < MAX_DRIFT_S else 0
        # A command may still be on its way to one of them.
        return calm == SAMPLES

    until(is_calm, 60)
    found = [_difference(one, other) for _ in range(SAMPLES)]
    assert all(each is not None and each < MAX_DRIFT_S for each in found), found


def test_two_people_hear_the_same_and_one_controls_it(club, tabs):
    server, token = club
    ana, rio = tabs
    open_page(ana, f"{server.url}/rooms/new")
    send(ana, name="Night ferry")
    wait_for(ana, "/^.rooms.[0-9a-f-]{36}$/.test(location.pathname)")
    room = ana.ask("location.pathname")
    for title in ("Tide table", "Undertow"):
        wait_for(ana, "!!document.querySelector('.together-add input')")
        ana.ask(
            f"(field => {{ field.value = {json.dumps(title)};"
            " field.dispatchEvent(new Event('input', {bubbles: true}));"
            " field.form.requestSubmit(); })(document.querySelector('.together-add input'))"
        )
        press(ana, f"Add {title}")
        # It may not be pressed twice.
        wait_for(
            ana, f"document.querySelector('.together-queue ol')?.innerText.includes('{title}')"
        )
    press(ana, "Listen along")
    open_page(rio, f"{server.url}{room}")
    press(rio, "Listen along")
    _ensure_together(ana, rio)
    assert not rio.ask("!!document.querySelector('.together-controls')")

    # The next one, for both; and a pause.
    press(ana, "Next track for all")
    for tab in tabs:
        wait_for(tab, f"{PLAYING}?.includes('Undertow')")
    _ensure_together(ana, rio)
    press(ana, "Pause for all")
    for tab in tabs:
        wait_for(tab, IS_SILENT)
    press(ana, "Play for all")
    _ensure_together(ana, rio)

    # The host appoints a controller.
    conversation = room.rpartition("/")[2]
    with calling(server, token) as client:
        members = client.get(f"conversations/{conversation}/members").json()["data"]["members"]
        [listener] = [each["user"] for each in members if each["role"] == "member"]
    press(ana, "People and controllers")
    press(ana, f"Admin rights for {listener['display_name']}", "dialog")
    wait_for(ana, "!!document.querySelector('dialog [aria-pressed=true]')")
    ana.press("Escape")
    open_page(rio, f"{server.url}{room}")
    press(rio, "Listen along")
    press(rio, "Back for all")
    _ensure_together(ana, rio)

    # A border between two tracks needs no command.
    with calling(server, token) as client:
        path = f"conversations/{conversation}/listening"
        entries = client.get(path).json()["data"]["entries"]
        form = {"version": None, "entry_id": entries[0]["id"], "position_ms": 55_000}
        assert client.put(path, json=form).status_code == 200
    for tab in tabs:
        wait_for(tab, f"{PLAYING}?.includes('Tide table')")
    for tab in tabs:
        wait_for(tab, f"{PLAYING}?.includes('Undertow')")
    _ensure_together(ana, rio)

    for tab in tabs:
        assert find_violations_in_themes(tab) == []
    assert unexpected(ana) == unexpected(rio) == []
    press(ana, "End the room")
    press(ana, "End the room", "dialog")
    for tab in tabs:
        wait_for(tab, shows("Nobody listens together here"))
