"""The studio in a real browser: a folder is uploaded, becomes an album, and is sold."""

import json
from collections.abc import Iterator

import pytest
from mutagen.flac import FLAC

from tests import sounds
from tests.journeys.browser import CHROMIUM, Tab, browsing
from tests.journeys.cutting_proxy import cutting
from tests.journeys.served import Server, calling, sign_up, until, wait_for_track
from tests.journeys.web_pages import wait_for
from tests.journeys.web_steps import choose_files, drop, fill, press, send, shows

CREATOR = "studio_creator"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


@pytest.fixture
def tab() -> Iterator[Tab]:
    with browsing() as opened:
        yield opened


def become(tab: Tab, server: Server, name: str) -> None:
    tab.open(f"{server.url}/sign-up?next=/studio")
    wait_for(tab, "!!document.querySelector('form [name=email]')")
    send(tab, username=name, email=f"{name}@example.com", password="a long sentence")
    wait_for(tab, "location.pathname === '/studio'")


def test_a_folder_becomes_an_album_that_is_sold(server, folder, tab):
    album = folder / "Two Shores"
    album.mkdir()
    for number in (1, 2):
        sounds.write(album / f"0{number} - Shore {number}.flac", sounds.sine(2 + number))
    tagged = FLAC(album / "02 - Shore 2.flac")
    tagged.update({"title": "The other shore", "artist": "Ada", "album": "Two Shores"})
    tagged["tracknumber"] = "7"
    tagged.save()
    sounds.picture(album / "cover.png")
    (album / "notes.docx").write_bytes(b"not audio")
    become(tab, server, CREATOR)
    press(tab, "Become a creator")
    wait_for(tab, "!document.querySelector('main').innerText.includes('Become a creator')")
    # The form about a track stays open, with its text, when the file has arrived.
    tab.call("Network.setBlockedURLs", urls=["*/api/v1/uploads*"])
    drop(tab, album)
    wait_for(tab, "document.querySelector('.left-out')?.innerText.includes('notes.docx')")
    press(tab, "Edit 01 - Shore 1.flac")
    fill(tab, genre="Ambient", tags="sea, ferry")
    tab.call("Network.setBlockedURLs", urls=[])
    tab.ask("dispatchEvent(new Event('online'))")
    wait_for(tab, "document.querySelector('.uploads [role=status]').innerText.startsWith('2 of 2')")
    tab.complaints.clear()
    tab.ask("document.querySelector('main form.edit [type=submit]').click()")
    wait_for(tab, "!document.querySelector('main form.edit')")
    wait_for(tab, "document.querySelectorAll('.uploads .badge.ok').length === 2")
    # What the tags say is beside each file, to be changed before anybody hears it.
    beside = "[...document.querySelectorAll('.file-tags')].map(each => each.innerText).join()"
    for text in (
        "02 - Shore 2.flac",
        "The other shore",
        "Number\n7",
        "Ada",
        "The file has no tags.",
    ):
        wait_for(tab, f"{beside}.includes({json.dumps(text)})")

    # Its number comes before tracks that have none, until it is moved.
    press(tab, "Make a release")
    wait_for(tab, "!!document.querySelector('.release-editor')")
    tab.ask(
        "document.getElementById('place-1').dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'ArrowUp', bubbles: true, cancelable: true}))"
    )
    wait_for(tab, "document.activeElement.id === 'place-0'")
    fill(tab, title="Two Shores", kind="album", outlet="public")
    press(tab, "Create the release")
    wait_for(tab, "document.querySelector('main h1')?.innerText === 'Two Shores'")
    release = tab.ask("location.pathname.split('/').at(-1)")
    with calling(server) as client:
        assert client.get(f"releases/{release}").json()["data"]["kind"] == "album"
        tracks = client.get(f"releases/{release}/tracks").json()["data"]["tracks"]
    assert [one["track"]["title"] for one in tracks] == ["Shore 1", "The other shore"]
    assert tracks[0]["track"]["genre"] == "ambient"
    assert tracks[0]["track"]["tags"] == ["sea", "ferry"]
    # The picture of the folder.
    assert all(one["track"]["cover_url"] for one in tracks)
    time_lyrics(tab, server, tracks[0]["track"]["id"])
    tab.open(f"{server.url}/studio/releases/{release}")
    sell(tab, server)
    assert not tab.complaints


def time_lyrics(tab: Tab, server: Server, track_id: str) -> None:
    """Write the lyrics of a track, and tap along while it plays: by key, by pointer, with undo."""
    tab.open(f"{server.url}/studio/tracks/{track_id}/lyrics")
    wait_for(tab, "!!document.querySelector('main textarea')")
    tab.ask(
        "{const field = document.querySelector('main textarea');"
        " field.value = 'Lights\\n\\nNobody awake\\nThe ferry';"
        " field.dispatchEvent(new Event('input', {bubbles: true}));}"
    )
    press(tab, "Timing")
    press(tab, "Play and tap along")
    sounding = "document.querySelector('.tap')?.innerText === 'Line begins now'"
    wait_for(tab, f"{sounding} && document.activeElement === document.querySelector('.tap')")
    times = "document.querySelectorAll('.timing .tc').length"
    tab.press("Enter")
    tab.press(" ")
    wait_for(tab, f"{times} === 2")
    press(tab, "Undo")
    wait_for(tab, f"{times} === 1")
    for count in (2, 3):
        tab.ask(
            "document.querySelector('.tap').dispatchEvent("
            "new PointerEvent('pointerdown', {button: 0, bubbles: true}))"
        )
        wait_for(tab, f"{times} === {count}")
    for _ in range(3):
        press(tab, "Later: The ferry")
    press(tab, "Preview")
    wait_for(tab, "document.querySelectorAll('.lyrics-preview .sung li').length === 3")
    wait_for(tab, shows("All lines have a time"))
    press(tab, "Save")
    wait_for(tab, "!document.querySelector('main .lyrics-head .ghost')")
    with calling(server) as client:
        lyrics = client.get(f"tracks/{track_id}/lyrics").json()["data"]
    assert lyrics["plain"] == "Lights\n\nNobody awake\nThe ferry"
    assert [one["text"] for one in lyrics["lines"]] == ["Lights", "Nobody awake", "The ferry"]
    starts = [one["start_seconds"] for one in lyrics["lines"]]
    assert starts[2] >= starts[1] + 0.29


def sell(tab: Tab, server: Server) -> None:
    """Put the release that is shown on sale, have it bought, and see that in the studio."""
    fill(tab, outlet="private")
    press(tab, "Save")
    wait_for(tab, "!!document.querySelector('main [name=sellWhen]')")
    fill(tab, sellPrice="7.50")
    wait_for(tab, "document.querySelector('.gets')?.innerText === 'You get €6.75 of €7.50.'")
    # A step that fails is said, and the rest is done later.
    tab.call("Network.setBlockedURLs", urls=["*/marketplace/products"])
    press(tab, "Publish and sell")
    wait_for(tab, "document.querySelector('.sell-panel [role=alert]')?.innerText.includes('Save')")
    tab.call("Network.setBlockedURLs", urls=[])
    tab.complaints.clear()
    press(tab, "Continue")
    wait_for(tab, shows("For sale at €7.50"))
    wait_for(tab, "document.querySelector('main [name=outlet]').value === 'public'")
    link = "document.querySelector('.sell-panel a[href^=\"/products/\"]')"
    product = tab.ask(f"{link}.pathname.split('/').at(-1)")
    with calling(server, sign_up(server, "studio_buyer")) as client:
        answer = client.post("marketplace/orders", json={"items": [{"product_id": product}]})
        order = answer.json()["data"]
        payment = f"sandbox/payments/{order['payment']['payment_id']}/confirm"
        assert client.post(payment, json={"outcome": "succeeded"}).status_code == 202
        path = f"marketplace/orders/{order['id']}"
        until(lambda: client.get(path).json()["data"]["status"] == "paid", 60, lambda: order)
    press(tab, "Sales")
    wait_for(tab, "document.querySelector('.sale')?.innerText.includes('€7.50')")
    press(tab, "Details of the sale of Two Shores")
    press(tab, "Refund")
    wait_for(tab, "!!document.querySelector('.sale-details form')")
    press(tab, "Cancel")
    press(tab, "Payouts")
    wait_for(tab, "/€[1-7][.]/.test(document.querySelector('.amounts dd')?.innerText)")
    press(tab, "Connect an account")
    wait_for(tab, "!!document.querySelector('main a[target=_blank]')")


def test_an_upload_goes_on_after_cuts_and_a_reload(server, folder, tab):
    """Over a connection that is cut again and again; the page is loaded anew in the middle."""
    sound = sounds.write(folder / "Long Way.wav", sounds.sine(8))
    become(tab, server, "studio_traveller")
    press(tab, "Become a creator")
    wait_for(tab, "!!document.querySelector('[data-pick=files]')")
    with cutting(server.port, most_bytes=500_000, seed=3) as proxy:
        # Cookies are those of the machine, whatever the port.
        load(tab, f"{proxy.url}/sign-up", "!!document.querySelector('form')")
        tab.ask("localStorage.setItem('veza.session', String(Date.now() + 600_000))")
        load(tab, f"{proxy.url}/studio", "!!document.querySelector('[data-pick=files]')")
        limit_uploads(tab, bytes_per_second=500_000)
        choose_files(tab, "files", [sound])
        wait_for(tab, "parseInt(document.querySelector('.uploads .bar')?.ariaValueNow) > 30")
        load(tab, f"{proxy.url}/studio", "!!document.querySelector('[data-pick=files]')")
        limit_uploads(tab, bytes_per_second=-1)
        wait_for(tab, "document.querySelector('.left-out')?.innerText.includes('Long Way.wav')")
        choose_files(tab, "files", [sound])
        wait_for(tab, "!!document.querySelector('.uploads .badge')")
        assert proxy.cuts > 2
    begun = [each for each in tab.requests if each.startswith("POST") and "/uploads" in each]
    assert len(begun) == 1
    with calling(server) as client:
        answer = client.post("auth/login", json=credentials_of("studio_traveller"))
        client.headers["Authorization"] = f"Bearer {answer.json()['data']['access_token']}"
        [track] = client.get("users/studio_traveller/tracks").json()["data"]["tracks"]
        wait_for_track(client, track["id"])
        assert client.get(f"tracks/{track['id']}/download").content == sound.read_bytes()
    assert tab.ask("sessionStorage.getItem('veza.uploads')") == "[]"


def load(tab: Tab, url: str, expected: str) -> None:
    """Load the application anew."""
    tab.ask("window.isOld = true")
    tab.open(url)
    wait_for(tab, f"!window.isOld && {expected}")


def credentials_of(name: str) -> dict[str, str]:
    return {"email": f"{name}@example.com", "password": "a long sentence"}


def limit_uploads(tab: Tab, bytes_per_second: int) -> None:
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1}
    tab.call("Network.emulateNetworkConditions", uploadThroughput=bytes_per_second, **conditions)
