"""The player of the web application in a real browser: what is heard, and what is shown."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from tests import sounds
from tests.journeys.axe import AXE, find_violations
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import calling, sign_up, until, upload, wait_for_track
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import click
from tests.make import PASSWORD

RECORDER = Path(__file__).with_name("recorder.js")
# Of the tone, so much is heard at least: a coder adds some sound before and after it.
AUDIBLE = 0.15
MAX_GAP_MS = 20
TRIES = 5
# Counts audio elements, and how often one of them begins to play.
COUNTER = """
    window.made = window.changes = 0;
    const Plain = window.Audio;
    window.Audio = function () {
        window.made++;
        const element = new Plain();
        element.addEventListener('play', () => window.changes++);
        return element;
    };
"""
# Keeps each notice, which goes after some seconds in which a busy machine may not have looked.
TOASTS = """
    window.toasts = [];
    new MutationObserver(() => {
        for (const each of document.querySelectorAll('.toast'))
            if (!toasts.includes(each.textContent)) toasts.push(each.textContent);
    }).observe(document, {childList: true, subtree: true});
"""
# Whether no further page of a list is to be loaded.
ALL_THERE = "!document.querySelector('main .more')"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@pytest.fixture
def tab():
    with browsing() as opened:
        yield opened


def press_key(tab, key):
    shift = "true" if key in "<>?" else "false"
    tab.ask(
        "document.activeElement.blur();"
        f"dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', shiftKey: {shift}}}))"
    )


def ensure_accessible(tab):
    if not AXE.exists():
        return
    # Colours are compared when nothing moves any more.
    wait_for(tab, "document.getAnimations().every(each => each.playState !== 'running')")
    assert find_violations(tab) == []


def sign_in(tab, server, name):
    tab.open(f"{server.url}/sign-in")
    for field, value in (("email", f"{name}@example.com"), ("password", PASSWORD)):
        wait_for(tab, f"!!document.querySelector('form [name={field}]')")
        tab.ask(
            f"(field => {{ field.value = {json.dumps(value)};"
            " field.dispatchEvent(new Event('input', {bubbles: true})); })"
            f"(document.querySelector('form [name={field}]'))"
        )
    click(tab, "form [type=submit]")
    wait_for(tab, "location.pathname === '/'")


def halves(folder, ending, seconds=3.0):
    """One tone in two files: the first half is on the left, the second on the right."""
    tone = sounds.sine(2 * seconds, hz=441)
    middle = len(tone) // 2
    left, right = tone[:middle].copy(), tone[middle:].copy()
    left[:, 1] = 0
    right[:, 0] = 0
    names = (f"first{ending}", f"second{ending}")
    return [
        sounds.write(folder / name, half) for name, half in zip(names, (left, right), strict=True)
    ]


def gap_ms(recording):
    """Return the silence between the halves; negative if they overlapped."""
    left, right = (
        np.frombuffer(base64.b64decode(channel), "<f4") for channel in recording["channels"]
    )
    end = np.flatnonzero(np.abs(left) > AUDIBLE)[-1]
    start = np.flatnonzero(np.abs(right) > AUDIBLE)[0]
    return (start - end) / recording["rate"] * 1000


def load_player(tab, server, track_ids, index=0, **playback):
    """Open a page on which these tracks are queued, and nothing follows them unless it is said."""
    tracks = [
        {"id": each, "title": each, "artist": "traveller", "durationSeconds": 3}
        | {"hasCover": False, "loudnessLufs": None, "isPublic": True, "isLiked": False}
        | {"palette": None, "hasLyrics": None}
        for each in track_ids
    ]
    stored = {"tracks": tracks, "index": index, "position": 0, "volume": 1, "repeat": "off"}
    # Of the same origin, and without a player that stores its own queue as it leaves.
    tab.open(f"{server.url}/api/v1/csrf-token")
    wait_for(tab, "location.pathname.includes('csrf')")
    tab.ask(f"localStorage.setItem('veza.player', {json.dumps(json.dumps(stored))})")
    chosen = json.dumps(json.dumps({"radio": False} | playback))
    tab.ask(f"localStorage.setItem('veza.playback', {chosen})")
    tab.open(f"{server.url}/verify-email")
    wait_for(tab, "!!document.querySelector('.player .btn-play')")


@pytest.fixture(scope="module")
def pairs(server, token, folder):
    """The tracks of one tone in each format: ids of the first and the second half."""
    with calling(server, token) as client:
        ids = {
            ending: [upload(client, each) for each in halves(folder, ending)]
            for ending in (".flac", ".mp3")
        }
        return {
            ending: [wait_for_track(client, each)["id"] for each in pair]
            for ending, pair in ids.items()
        }


# The owner gets the file as it was sent, and others get AAC.
@pytest.mark.parametrize(
    ("ending", "name"), [(".flac", "traveller"), (".mp3", "traveller"), (".flac", "hears_aac")]
)
def test_one_track_follows_another_without_a_gap(server, pairs, tab, ending, name):
    if name != "traveller":
        sign_up(server, name)
    tab.call("Page.setBypassCSP", enabled=True)
    tab.call("Page.addScriptToEvaluateOnNewDocument", source=RECORDER.read_text())
    sign_in(tab, server, name)
    load_player(tab, server, pairs[ending])
    second = pairs[ending][1]
    gaps = []
    # The lead is learned: a busy machine may disturb a change, and then there is another one.
    while len(gaps) < TRIES and not (gaps and abs(gaps[-1]) < MAX_GAP_MS):
        tab.ask("endings.length = 0, window.recording().then(() => 0)")
        click(tab, ".player [aria-label='Previous']" if gaps else ".player .btn-play")
        wait_for(tab, f"endings.some(each => each.includes('{second}'))")
        gaps.append(gap_ms(tab.ask("window.recording()")))
    assert abs(gaps[-1]) < MAX_GAP_MS, gaps


def test_one_track_fades_into_the_next(server, pairs, tab):
    """Of tracks of three seconds, one is faded."""
    tab.call("Page.setBypassCSP", enabled=True)
    tab.call("Page.addScriptToEvaluateOnNewDocument", source=RECORDER.read_text())
    sign_in(tab, server, "traveller")
    load_player(tab, server, pairs[".flac"], crossfade=12)
    tab.ask("endings.length = 0, window.recording().then(() => 0)")
    click(tab, ".player .btn-play")
    wait_for(tab, f"endings.some(each => each.includes('{pairs['.flac'][1]}'))")
    assert -1200 < gap_ms(tab.ask("window.recording()")) < -300


def test_the_queue_is_ordered_saved_and_followed_by_similar_tracks(server, token, song, pairs, tab):
    ids = [*pairs[".flac"], *pairs[".mp3"]]
    sign_in(tab, server, "traveller")
    load_player(tab, server, ids, radio=True, quality="saver")
    press_key(tab, "q")

    def wait_for_order(*places):
        titles = json.dumps([ids[place] for place in places])
        shown = "[...document.querySelectorAll('.queue-list b')].map(each => each.textContent)"
        wait_for(tab, f"JSON.stringify({shown}) === JSON.stringify({titles})")

    wait_for_order(0, 1, 2, 3)
    tab.ask("document.querySelectorAll('.queue-list .handle')[3].focus()")
    tab.press("ArrowUp")
    wait_for_order(0, 1, 3, 2)
    assert tab.ask("document.activeElement.ariaLabel").startswith(f"Move {ids[3]}")
    drag(tab, ".queue-list [data-index='0'] .handle", ".queue-list [data-index='3']")
    wait_for_order(1, 3, 2, 0)
    click(tab, ".queue-sheet [aria-label='Save the queue as a playlist']")
    click(tab, "dialog form [type=submit]")
    wait_for(tab, "!!document.querySelector('.toast button')")
    with calling(server, token) as client:
        playlist = client.get("users/me/playlists").json()["data"]["playlists"][0]
        entries = client.get(f"playlists/{playlist['id']}/entries").json()["data"]["entries"]
    assert [one["track"]["id"] for one in entries] == [ids[place] for place in (1, 3, 2, 0)]
    click(tab, ".queue-list [data-index='3'] .pick")
    wait_for(tab, "document.querySelector('.queue-list .station')?.innerText.includes('Similar')")
    wait_for(tab, "Number(document.querySelector('.queue-list .playing').dataset.index) > 3")
    assert any(f"{ids[0]}/hls/128k/" in each for each in tab.requests)
    click(tab, ".player [aria-label='Pause']")


def drag(tab, handle, target):
    """Drag something by the mouse onto something else."""
    places = [
        tab.ask(
            f"(box => ({{x: box.x + box.width / 2, y: box.y + box.height / 2}}))"
            f"(document.querySelector({json.dumps(each)}).getBoundingClientRect())"
        )
        for each in (handle, target)
    ]
    pressed = {"button": "left", "buttons": 1, "clickCount": 1}
    tab.call("Input.dispatchMouseEvent", type="mousePressed", **places[0], **pressed)
    tab.call("Input.dispatchMouseEvent", type="mouseMoved", **places[1], **pressed)
    tab.call("Input.dispatchMouseEvent", type="mouseReleased", **places[1], **pressed)


@pytest.fixture(scope="module")
def song(server, token, folder):
    """A track of twelve seconds with lyrics that have their seconds."""
    lines = "\n".join(f"[00:{second:02d}.00]Line {second}" for second in range(12))
    with calling(server, token) as client:
        source = sounds.write(folder / "song.mp3", sounds.sine(12))
        made = wait_for_track(client, upload(client, source, title="Low Tide"))
        assert client.put(f"tracks/{made['id']}/lyrics", json={"synced": lines}).status_code == 200
    return made["id"]


def test_the_whole_player_shows_lyrics_and_takes_comments(server, song, pairs, tab):
    sign_up(server, "hears_all")
    sign_in(tab, server, "hears_all")
    load_player(tab, server, [song, pairs[".flac"][0]])
    tab.call(
        "Emulation.setDeviceMetricsOverride",
        width=390,
        height=844,
        deviceScaleFactor=1,
        mobile=True,
    )
    address = tab.ask("location.href")
    open_on_its_side(tab)
    click(tab, ".player .open")
    ensure_accessible_views(tab)
    click(tab, "dialog.full .btn-play")
    wait_for(tab, "document.querySelector('.sung .on')?.innerText === 'Line 2'")
    click(tab, ".sung li:nth-child(9) button")
    wait_for(tab, "document.querySelector('.sung .on')?.innerText === 'Line 8'")

    # The second is that at which the dialog was opened.
    tab.ask("document.querySelector('dialog.full .foot .btn:last-child').click()")
    wait_for(tab, "!!document.querySelector('form [name=content]')")
    ensure_accessible(tab)
    tab.ask(
        "(field => { field.value = 'There.';"
        " field.dispatchEvent(new Event('input', {bubbles: true})); })"
        "(document.querySelector('form [name=content]'))"
    )
    click(tab, "dialog form [type=submit]")
    wait_for(tab, "!document.querySelector('form [name=content]')")
    stored = f"fetch('/api/v1/tracks/{song}/comments').then(answer => answer.json())"
    position = tab.ask(f"{stored}.then(page => page.data.comments[0].position_seconds)")
    assert 8 <= position < 12

    # The back button closes it and nothing else, and so does Escape.
    tab.ask("history.back()")
    wait_for(tab, "!document.querySelector('dialog.full')")
    assert tab.ask("location.href") == address
    press_key(tab, "f")
    wait_for(tab, "!!document.querySelector('dialog.full[open]')")
    tab.call("Input.dispatchKeyEvent", type="rawKeyDown", key="Escape", windowsVirtualKeyCode=27)
    wait_for(tab, "!document.querySelector('dialog.full')")
    assert tab.complaints == []


def open_on_its_side(tab):
    """Open the whole player on a phone that lies on its side, play, and turn the phone upright."""
    tab.resize(844, 390)
    for opened, wanted in (
        ("document", ".player [aria-haspopup=dialog]"),
        ("document.querySelector('dialog.full[open]')", ".btn-play"),
    ):
        # What is pressed is what a finger finds there.
        pressed = (
            f"[...{opened}?.querySelectorAll('{wanted}') ?? []].find(each => {{"
            " const {x, y, width, height} = each.getBoundingClientRect();"
            " return each.contains(document.elementFromPoint(x + width / 2, y + height / 2)); })"
        )
        wait_for(tab, f"(each => !!each && (each.click(), true))({pressed})")
    wait_for(tab, "!!document.querySelector('dialog.full .btn-play[aria-label=Pause]')")
    tab.ask("document.querySelector('dialog.full .btn-play').click()")
    tab.press("Escape")
    wait_for(tab, "!document.querySelector('dialog.full')")
    tab.resize(390, 844)


def ensure_accessible_views(tab):
    for view in (1, 3, 2):
        click(tab, f"dialog.full .seg button:nth-child({view})")
        ensure_accessible(tab)


def test_the_sleep_timer_stops_after_the_track_and_goes_on_with_the_next(server, pairs, tab):
    sign_in(tab, server, "traveller")
    load_player(tab, server, pairs[".mp3"])
    press_key(tab, "s")
    wait_for(tab, "document.querySelectorAll('dialog .list .nav-item').length === 7")
    ensure_accessible(tab)
    click(tab, "dialog .list .nav-item:nth-child(6)")
    wait_for(tab, "!document.querySelector('dialog')")
    click(tab, ".player .btn-play")
    wait_for(tab, "document.querySelector('.toasts')?.innerText.includes('sleep timer')")
    title = "document.querySelector('.player b').innerText"
    assert tab.ask(title) == pairs[".mp3"][1]
    wait_for(tab, "document.querySelector('.player .btn-play').ariaLabel === 'Play'")
    press_key(tab, ">")
    wait_for(tab, "document.querySelector('.player .tools .btn').innerText === '1.25×'")
    click(tab, ".player .btn-play")
    wait_for(tab, "document.querySelector('.player .btn-play').ariaLabel === 'Pause'")
    assert tab.complaints == []


def test_another_device_continues_and_the_first_one_pauses(server, song, pairs, tab):
    sign_up(server, "hears_twice")
    position = "+document.querySelector('.player [role=slider]')?.getAttribute('aria-valuenow')"
    state = "document.querySelector('.player .btn-play')?.ariaLabel"
    with browsing() as other:
        for each in (tab, other):
            sign_in(each, server, "hears_twice")
        load_player(tab, server, [song, pairs[".flac"][0]])
        click(tab, ".player .btn-play")
        wait_for(other, "document.querySelector('.offer b')?.innerText.includes('Low Tide')")
        ensure_accessible(other)
        # It is in the bar of the player, and so over nothing.
        assert other.ask("document.querySelectorAll('.player .offer').length") == 1
        assert other.ask("document.querySelectorAll('.offer').length") == 1
        wait_for(tab, f"{position} >= 4")
        wait_for(tab, "document.title.startsWith('♪ ')")
        click(other, ".offer .btn")
        wait_for(other, f"{state} === 'Pause' && {position} >= 1")
        wait_for(tab, "!document.title.startsWith('♪')")
        wait_for(tab, f"{state} === 'Play'")
        wait_for(tab, "document.querySelector('.toasts')?.innerText.includes('Another device')")
        # It stays so: the first one saves nothing that would stop the second one.
        wait_for(other, f"{state} === 'Pause' && {position} >= 5")
        assert tab.ask(state) == "Play"
        # It may have been saving its position at the moment when the other one took over.
        crossed = f"409 (Conflict) {server.url}/api/v1/users/me/library/queue/position"
        assert [each for each in tab.complaints if not each.endswith(crossed)] == []
        assert other.complaints == []


def test_after_a_lost_connection_it_plays_on_from_the_same_second(server, token, folder, tab):
    with calling(server, token) as client:
        # Long, and of a size that no browser loads in advance.
        source = sounds.write(folder / "long.wav", sounds.noise(150))
        long = wait_for_track(client, upload(client, source, title="Long"))["id"]
        short = sounds.write(folder / "short.mp3", sounds.sine(5))
        after = wait_for_track(client, upload(client, short, title="After"))["id"]
    sign_in(tab, server, "traveller")
    load_player(tab, server, [long, after])
    tab.call("Network.enable")
    position = "+document.querySelector('.player [role=slider]')?.getAttribute('aria-valuenow')"
    click(tab, ".player .btn-play")
    wait_for(tab, f"{position} >= 2")
    network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    tab.call("Network.emulateNetworkConditions", offline=True, **network)
    tab.ask("document.querySelector('.player [role=slider]').focus()")
    for _ in range(4):
        tab.ask(
            "document.activeElement.dispatchEvent("
            "new KeyboardEvent('keydown', {key: 'PageUp', bubbles: true, cancelable: true}))"
        )
    wait_for(tab, "!!document.querySelector('.player .problem[role=status]')")
    ensure_accessible(tab)
    tab.call("Network.emulateNetworkConditions", offline=False, **network)
    wait_for(tab, f"{position} >= 122 && {position} < 135")
    wait_for(tab, "document.querySelector('.player .btn-play').ariaLabel === 'Pause'")

    # A page that plays it would fill the cache again, out of which it plays on for long.
    tab.open(f"{server.url}/api/v1/csrf-token")
    with calling(server, token) as client:
        assert client.delete(f"tracks/{long}").status_code == 200
    tab.call("Network.clearBrowserCache")
    tab.call("Network.setCacheDisabled", cacheDisabled=True)
    tab.run_before_pages(TOASTS)
    load_player(tab, server, [long, after])
    click(tab, ".player .btn-play")
    wait_for(tab, "toasts.some(each => each.includes('not available'))")
    wait_for(tab, f"document.querySelector('.player b').innerText === '{after}'")


@pytest.fixture(scope="module")
def long_list(server, token, pairs):
    """A playlist of 10,000 entries."""
    ids = [each for pair in pairs.values() for each in pair]
    with calling(server, token) as client:
        form = {"title": "All of it", "description": "", "visibility": "private"}
        made = client.post("playlists", json=form).json()["data"]["id"]
        for _ in range(100):
            answer = client.post(f"playlists/{made}/entries", json={"track_ids": ids * 25})
            assert answer.status_code in {200, 201}, answer.text
    return made


def test_ten_thousand_rows_are_few_in_the_document_and_scroll(server, long_list, tab):
    sign_in(tab, server, "traveller")
    tab.open(f"{server.url}/playlists/{long_list}")
    wait_for(tab, "document.querySelectorAll('.rows > li').length >= 100")
    tab.ask(
        "window.tasks = []; new PerformanceObserver(list => list.getEntries().forEach("
        "each => tasks.push(Math.round(each.duration)))).observe({type: 'longtask'})"
    )
    until(lambda: tab.ask(f"scrollTo(0, 1e7); {ALL_THERE}"), 300, lambda: str(tab.complaints))
    most = tab.ask(
        "(async () => { let most = 0; tasks.length = 0;"
        " for (let i = 0; i <= 60; i++) { scrollTo(0, document.body.scrollHeight * i / 60);"
        " await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);"
        " most = Math.max(most, document.querySelectorAll('.rows > li').length); }"
        " return most; })()"
    )
    assert most < 120
    assert tab.ask("document.querySelectorAll('*').length") < 4000
    assert tab.ask("document.querySelector('.rows > li:last-child').ariaPosInSet") == "10000"

    # The last row but one goes up by keyboard, with its focus.
    tab.ask("document.getElementById('handle-9998').focus()")
    tab.ask(
        "document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'ArrowUp', bubbles: true, cancelable: true}))"
    )
    wait_for(tab, "document.activeElement.id === 'handle-9997'")
    tab.ask("scrollBy(0, -6000)")
    wait_for(tab, "document.querySelector('.rows > li').ariaPosInSet < 9900")
    assert tab.ask("document.activeElement.id") == "handle-9997"
    ensure_accessible(tab)
    # A page of what is private is 404 for everybody, and its owner sees it after all.
    assert not [text for text in tab.complaints if long_list not in text]


def test_memory_is_flat_however_many_tracks_are_played(server, token, folder, tab):
    with calling(server, token) as client:
        tones = [sounds.write(folder / f"blip{hz}.mp3", sounds.sine(1, hz=hz)) for hz in (300, 500)]
        ids = [wait_for_track(client, upload(client, each))["id"] for each in tones]
    tab.call("Page.addScriptToEvaluateOnNewDocument", source=COUNTER)
    sign_in(tab, server, "traveller")
    load_player(tab, server, ids * 100)
    tab.ask("document.querySelector('.player .tools .btn').click()")
    for _ in range(2):
        press_key(tab, ">")
    click(tab, ".player .btn-play")
    marks = []
    for changes in (10, 25, 40):
        wait_for(tab, f"window.changes >= {changes}")
        marks.append(measure(tab))
    # What is made once has been made by the first mark.
    (_, first), (heap, last) = marks[0], marks[-1]
    assert last["Nodes"] <= first["Nodes"] * 1.05 + 20, marks
    assert last["JSEventListeners"] <= first["JSEventListeners"] + 5, marks
    assert heap <= marks[0][0] * 1.1 + 300_000, marks
    assert tab.ask("window.made") == 2
    assert tab.complaints == []


def measure(tab):
    """The heap after garbage was collected, and what the page consists of."""
    tab.call("Performance.enable")
    for _ in range(2):
        tab.call("HeapProfiler.collectGarbage")
    metrics = {
        each["name"]: each["value"] for each in tab.call("Performance.getMetrics")["metrics"]
    }
    return metrics["JSHeapUsedSize"], metrics
