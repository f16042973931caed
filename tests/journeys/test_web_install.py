"""The installed application in a real browser: without a network, and with a push message."""

import json

import pytest

from tests import sounds
from tests.journeys.browser import CHROMIUM, WHOLE_CHROMIUM, browsing
from tests.journeys.served import calling, served, sign_up, until, upload, wait_for_track
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import click, press, send
from tests.make import PASSWORD

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]

_IS_READY = """
    navigator.serviceWorker.getRegistration().then((found) => !!found?.active
        && found.active.state === 'activated')
"""
_KEPT = """
    (async () => {
        const found = [];
        for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const { url } of await cache.keys()) found.push(new URL(url).pathname);
        }
        return found;
    })()
"""
_SHOWN = """
    navigator.serviceWorker.ready
        .then((registration) => registration.getNotifications())
        .then((found) => found.map(({ title, body, tag, data }) => ({ title, body, tag, data })))
"""


@pytest.mark.skipif(not WHOLE_CHROMIUM.exists(), reason=f"needs {WHOLE_CHROMIUM}")
def test_the_application_starts_without_a_network_and_shows_what_is_pushed():
    with served("--workers", "1") as server, browsing(program=WHOLE_CHROMIUM) as tab:
        tab.open(f"{server.url}/")
        until(lambda: tab.ask("!!document.querySelector('#main h1')"), 60)
        assert tab.list_install_errors() == []
        until(lambda: tab.ask(_IS_READY), 60)

        # Nothing but the build and the page that loads it, also after some use.
        for path in ("/library", "/feed", "/"):
            tab.open(f"{server.url}{path}")
            until(lambda: tab.ask("!!document.querySelector('#main h1')"), 60)
        kept = tab.ask(_KEPT)
        assert "/" in kept
        assert [path for path in kept if path != "/" and not path.startswith("/assets/")] == []

        pushed = {"id": "one", "kind": "message", "subject": "conversation", "subject_id": "42"}
        pushed |= {"actors": ["ada"], "actors_count": 1, "text": "Hello."}
        # The browser drops a message whose worker it can't start in time: push services repeat it.
        until(lambda: tab.push(server.url, json.dumps(pushed)) or tab.ask(_SHOWN), 60)
        [shown] = tab.ask(_SHOWN)
        assert (shown["body"], shown["tag"]) == ("Hello.", "one")
        assert shown["data"] == {"path": "/messages/42"}

        server.stop()
        tab.open(f"{server.url}/library")
        until(lambda: tab.ask("!!document.querySelector('.app #main')"), 60)
        assert tab.ask("location.pathname") == "/library"


_FILES = """
    fetch('/offline/index.json?type=text/plain').then(answer => answer.ok ? answer.text() : '')
        // A file is empty until its first content is whole.
        .then(text => text && Object.keys(JSON.parse(text).files))
        // The worker that answers it may just begin.
        .catch(() => '')
"""
_RANGES = """
    Promise.all(['bytes=10-19', 'bytes=5-', 'bytes=99999999-'].map(range =>
        fetch('/offline/%s?type=audio/mp4', {headers: {range}}).then(async answer =>
            [answer.status, (await answer.arrayBuffer()).byteLength,
             answer.headers.get('content-range')])))
"""
_FOLDER = """
    navigator.storage.getDirectory().then(root => root.getDirectoryHandle('offline'))
        .then(() => true, () => false)
"""
_LATE = "JSON.parse(localStorage.getItem('veza.late-plays') ?? '[]').length"
_CONTROLLED = "!!navigator.serviceWorker.controller"


def test_what_was_chosen_is_heard_without_a_network_and_counted_afterwards(tmp_path):
    with (
        served("--workers", "1") as server,
        browsing() as tab,
        calling(server, sign_up(server, "artist")) as artist,
    ):
        release, tracks = publish(artist, tmp_path)
        keep(server, tab, release)
        until(lambda: tab.ask(_FILES) and len(tab.ask(_FILES)) == 2, 60)
        first, rest, beyond = tab.ask(_RANGES % tracks[0])
        size = int(first[2].rpartition("/")[2])
        assert first == [206, 10, f"bytes 10-19/{size}"]
        assert rest[:2] == [206, size - 5]
        assert beyond == [416, 0, f"bytes */{size}"]

        server.stop()
        tab.switch_network(is_on=False)
        tab.open(f"{server.url}/library/offline")
        wait_for(tab, "document.querySelector('main .rows b')?.innerText === 'Two Shores'")
        click(tab, "main .rows .btn-play")
        until(lambda: tab.ask(_LATE) == 2, 60)

        server.start()
        tab.switch_network(is_on=True)
        until(lambda: tab.ask(_LATE) == 0, 60)
        plays = f"tracks/{tracks[0]}"
        until(lambda: artist.get(plays).json()["data"]["plays_count"] == 1, 60)
        # What its listener may not hear any more is gone after the next connection.
        artist.put(f"tracks/{tracks[1]}", json={"visibility": "private"})
        tab.open(f"{server.url}/library/offline")
        until(lambda: tab.ask(_FILES) == tracks[:1], 60)
        click(tab, ".account")
        press(tab, "Sign out", where="body")
        until(lambda: not tab.ask(_FOLDER), 60)


def publish(artist, folder):
    """Publish a release of two tracks of three seconds; return their ids."""
    sound = sounds.write(folder / "tone.mp3", sounds.sine(3))
    tracks = [upload(artist, sound, title=f"Shore {n}") for n in (1, 2)]
    for track in tracks:
        wait_for_track(artist, track)
    placed = [{"track_id": track, "number": n} for n, track in enumerate(tracks, 1)]
    form = {"title": "Two Shores", "kind": "ep", "visibility": "public", "tracks": placed}
    return artist.post("releases", json=form).json()["data"]["id"], tracks


def keep(server, tab, release):
    """Sign in on the page of a release, and download it."""
    sign_up(server, "listener")
    tab.open(f"{server.url}/sign-in?next=/releases/{release}")
    wait_for(tab, "!!document.querySelector('form [name=email]')")
    send(tab, email="listener@example.com", password=PASSWORD)
    wait_for(tab, f"{_CONTROLLED} && !!document.querySelector('main .keep')")
    click(tab, "main .keep")
