"""Posts and conversations in two real browsers; nothing is lost when the server is killed."""

import itertools
import json
import os
import signal

import pytest

from tests import sounds
from tests.journeys.axe import find_violations, needs_axe
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import calling, sign_up, upload, wait_for_track
from tests.journeys.web_pages import wait_for, wait_until_still
from tests.journeys.web_steps import click
from tests.make import PASSWORD

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there"),
]


# What a log shows, without those that are still on their way.
SHOWN = (
    "[...document.querySelectorAll('.log .msg:not(.sending, .failed) .rich')]"
    ".map(one => one.innerText)"
)


def sign_in(tab, server, email, path):
    tab.open(f"{server.url}/sign-in")
    fill(tab, "form [name=email]", email)
    fill(tab, "form [name=password]", PASSWORD)
    click(tab, "form [type=submit]")
    wait_for(tab, "location.pathname === '/'")
    tab.open(f"{server.url}{path}")


def fill(tab, selector, text):
    wait_for(tab, f"!!document.querySelector({json.dumps(selector)})")
    tab.ask(
        f"(field => {{ field.value = {json.dumps(text)};"
        " field.dispatchEvent(new Event('input', {bubbles: true})); })"
        f"(document.querySelector({json.dumps(selector)}))"
    )


def write(tab, *texts):
    for text in texts:
        fill(tab, ".compose textarea", text)
        tab.ask(
            "document.querySelector('.compose textarea').dispatchEvent("
            "new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}))"
        )


def is_shown(*texts):
    return f"JSON.stringify({SHOWN}) === {json.dumps(json.dumps(texts, separators=(',', ':')))}"


@pytest.fixture(scope="module")
def talk(server):
    """Two members, their conversation, and a tab of each that shows it."""
    names = ("talk_ana", "talk_rio")
    tokens = [sign_up(server, name) for name in names]
    with calling(server, tokens[0]) as client:
        other = client.get(f"users/{names[1]}").json()["data"]["id"]
        form = {"type": "direct", "member_ids": [other]}
        conversation = client.post("conversations", json=form).json()["data"]["id"]
    with browsing() as first, browsing() as second:
        for tab, name in zip((first, second), names, strict=True):
            sign_in(tab, server, f"{name}@example.com", f"/messages/{conversation}")
            wait_for(tab, "!!document.querySelector('.compose textarea')")
        yield first, second, tokens, conversation


def test_messages_are_read_changed_reacted_to_and_carry_files(server, talk):
    ana, rio, _, _ = talk
    write(ana, "A file is coming.")
    wait_for(rio, is_shown("A file is coming."))
    wait_for(ana, "document.querySelector('.log .note')?.innerText.includes('Read')")

    ana.ask(
        "(data => { data.items.add(new File(['bars'], 'score.txt', {type: 'text/plain'}));"
        " document.querySelector('.compose textarea').dispatchEvent("
        "new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); })(new DataTransfer())"
    )
    click(ana, ".compose .send[aria-disabled=false]")
    wait_for(rio, "document.querySelector('.log a[download]')?.download === 'score.txt'")
    url = "document.querySelector('.log a[download]').href"
    assert rio.ask(f"fetch({url}).then(answer => answer.text())") == "bars"

    click(rio, ".log .msg .more")
    click(rio, ".tools [aria-label='React with 🔥']")
    wait_for(ana, "document.querySelector('.react')?.innerText === '🔥 1'")
    click(rio, ".react[aria-pressed=true]")
    wait_for(ana, "!document.querySelector('.react')")

    click(ana, ".log .msg .more")
    click(ana, ".tools .edit")
    wait_for(ana, "document.querySelector('.compose textarea').value === 'A file is coming.'")
    write(ana, "A file came.")
    wait_for(rio, is_shown("A file came."))
    click(ana, ".log .msg .more")
    click(ana, ".tools .btn.bad")
    wait_for(rio, "!!document.querySelector('.log .gone')")
    assert rio.ask(SHOWN) == []
    assert ana.complaints == rio.complaints == []


def test_a_message_that_waits_survives_a_reload(server, talk):
    ana, rio, _, conversation = talk
    before = rio.ask(SHOWN)
    # Without a connection the message waits.
    ana.call("Network.enable")
    ana.call("Network.setBlockedURLs", urls=["*/chat/token*"])
    ana.open(f"{server.url}/messages/{conversation}")
    write(ana, "After the tunnel.")
    wait_for(ana, "!!document.querySelector('.log .msg.sending')")
    ana.call("Network.setBlockedURLs", urls=[])
    # It is sent although another page is shown.
    ana.open(f"{server.url}/feed")
    wait_for(rio, is_shown(*before, "After the tunnel."))
    wait_for(ana, "sessionStorage.getItem('veza.outbox') === null")
    ana.open(f"{server.url}/messages/{conversation}")
    wait_for(ana, is_shown(*before, "After the tunnel."))
    click(ana, ".log .msg:last-child .more")
    click(ana, ".tools .btn.bad")
    wait_for(rio, is_shown(*before))
    # The browser reported each attempt that was kept from the server.
    ana.complaints.clear()


def test_a_post_is_written_liked_answered_and_deleted(server, talk):
    ana, rio, _, _ = talk
    for tab in (ana, rio):
        tab.open(f"{server.url}/feed?view=explore")
    fill(ana, ".compose-post textarea", "The gate is oiled. #spring")
    click(ana, ".compose-post .btn.main:not([disabled])")
    wait_for(ana, "!!document.querySelector('.post a[href=\"/tags/spring\"]')")
    post = ana.ask("document.querySelector('.post .who a[href^=\"/posts/\"]').pathname")

    rio.open(f"{server.url}{post}")
    click(rio, ".post .acts [aria-pressed=false]")
    wait_for(rio, "document.querySelector('.post [aria-pressed=true]').innerText.endsWith('1')")
    fill(rio, ".write textarea", "At last.")
    click(rio, ".write .btn:not([disabled])")
    wait_for(rio, "document.querySelector('.comment .said')?.innerText === 'At last.'")

    # It is told at once, without a reload.
    badge = "document.querySelector('.side a[href=\"/notifications\"] .count')?.innerText"
    wait_for(ana, f"+{badge} >= 2")
    click(ana, ".side a[href='/notifications']")
    wait_for(ana, "document.querySelector('main li')?.innerText.includes('talk_rio')")
    click(ana, f"main li a[href='{post}']")
    click(ana, ".comment .acts button")
    fill(ana, ".comment .write textarea", "It took a year.")
    click(ana, ".comment .write .btn:not([disabled])")
    wait_for(ana, "document.querySelectorAll('.comment .said').length === 2")

    click(ana, ".post .acts button[aria-expanded]")
    click(ana, ".post .menu .bad")
    click(ana, "dialog .bad-main")
    wait_for(ana, "document.querySelector('main .state')?.innerText.includes('deleted')")
    assert ana.complaints == rio.complaints == []


def test_a_new_conversation_proposes_whom_a_name_begins(server, talk):
    ana, _, tokens, _ = talk
    # Who has published nothing is proposed to those who follow them.
    with calling(server, tokens[0]) as client:
        rio = client.get("users/talk_rio").json()["data"]["id"]
        assert client.post(f"users/{rio}/follow").is_success
    ana.open(f"{server.url}/messages/new")
    wait_for(ana, "!!document.querySelector('main form [role=combobox]')")
    ana.ask("document.querySelector('main form [role=combobox]').focus()")
    ana.write("talk_r")
    wait_for(ana, "document.querySelector('main [role=option]')?.innerText.includes('talk_rio')")
    ana.press("ArrowDown")
    ana.press("Enter")
    wait_for(ana, "document.querySelector('main form .chip')?.innerText.includes('talk_rio')")
    assert ana.complaints == []


@needs_axe
def test_axe_finds_nothing_where_people_talk(server, talk):
    ana, _, tokens, conversation = talk
    with calling(server, tokens[1]) as client:
        post = client.post("social/posts", json={"content": "Hear #this, @talk_ana."}).json()
    paths = [
        *("/feed?view=explore", f"/posts/{post['data']['id']}", "/tags/this", "/notifications"),
        *("/messages", f"/messages/{conversation}", "/messages/new"),
    ]
    found = []
    for path, theme in itertools.product(paths, ("light", "dark")):
        ana.open(f"{server.url}{path}")
        wait_for(
            ana, "!!document.querySelector('main h1, main h2') && !document.querySelector('.sk')"
        )
        ana.ask(f"document.documentElement.dataset.theme = '{theme}'")
        ana.ask("document.querySelector('.post .acts [aria-expanded], .msg .more')?.click()")
        ana.ask("document.querySelector('.compose [aria-label=Emoji]')?.click()")
        wait_until_still(ana)
        found += [f"{path} {theme}: {each}" for each in find_violations(ana)]
    assert found == []


@pytest.fixture(scope="module")
def group(server, talk, folder):
    """A group of both that both tabs show, with an audio file at its end; and a track of Ana's."""
    sound = sounds.write(folder / "card.flac", sounds.sine(2))
    with calling(server, talk[2][0]) as client:
        track = upload(client, sound, title="Gate Song")
        wait_for_track(client, track)
        other = client.get("users/talk_rio").json()["data"]["id"]
        form = {"type": "group", "name": "Gate keepers", "member_ids": [other]}
        made = client.post("conversations", json=form).json()["data"]["id"]
        file = client.post("cloud/files", files={"file": ("take.flac", sound.read_bytes())})
        for said in ("Long ago, an oil can", *(f"Between {number}" for number in range(100))):
            client.post(f"conversations/{made}/messages", json={"content": said})
        form = {"file_id": file.json()["data"]["id"]}
        assert client.post(f"conversations/{made}/messages", json=form).status_code == 201
    for tab in talk[:2]:
        tab.open(f"{server.url}/messages/{made}")
        wait_for(tab, "!!document.querySelector('.log .audio')")
    return track


def test_a_link_to_music_is_a_card_that_plays_and_so_is_an_audio_file(server, talk, group):
    ana, rio, _, _ = talk
    write(ana, f"{server.url}/tracks/{group}")
    card = "document.querySelector('.log .tcard')"
    wait_for(rio, f"{card}?.innerText.includes('Gate Song')")
    click(rio, ".log .tcard .btn-play")
    wait_for(rio, "document.querySelector('.player')?.innerText.includes('Gate Song')")

    # One of both plays at a time.
    click(rio, ".audio .btn-play")
    wait_for(rio, "document.querySelector('.audio audio')?.currentTime > 0")
    wait_for(rio, f"!!{card}.querySelector('.btn-play[aria-label^=Play]')")


def test_an_answer_with_an_emoji_of_the_keyboard_leads_to_what_it_answers(talk, group):
    ana, rio, _, _ = talk
    click(rio, ".log .msg:has(.tcard) .more")
    # The menu of the last message is not behind the field below it.
    room = "document.querySelector('.compose').getBoundingClientRect().top"
    end = "document.querySelector('.log .tools').getBoundingClientRect().bottom"
    wait_for(rio, f"{end} <= {room}")
    click(rio, ".tools .answer")
    wait_for(rio, "document.querySelector('.above .quote')?.innerText.includes('talk_ana')")
    fill(rio, ".compose textarea", "Mine ")
    click(rio, ".compose [aria-label=Emoji]")
    wait_for(rio, "document.activeElement.type === 'search'")
    rio.write("guitar")
    wait_for(rio, "document.querySelectorAll('.picker .emoji').length === 1")
    for key in ("ArrowDown", "Enter", "Escape"):
        rio.press(key)
    wait_for(rio, "document.querySelector('.compose textarea').value === 'Mine 🎸'")
    click(rio, ".compose .send[aria-disabled=false]")

    quote = "document.querySelector('.log .msg:last-child .quote')"
    wait_for(ana, f"{quote}?.innerText.includes(location.origin)")
    ana.ask(f"{quote}.click()")
    wait_for(ana, "!!document.activeElement.querySelector('.tcard')")


def test_a_search_leads_to_a_message_and_a_group_is_left(talk, group):
    _, rio, _, _ = talk
    assert "Long ago, an oil can" not in rio.ask(SHOWN)
    newest = json.dumps(rio.ask(f"{SHOWN}.at(-1)"))
    click(rio, ".thread header [aria-label='Search in messages']")
    fill(rio, "dialog input[type=search]", "oil")
    click(rio, "dialog form [type=submit]")
    click(rio, "dialog .hit")
    wait_for(rio, "document.activeElement.innerText.includes('Long ago, an oil can')")
    wait_for(rio, f"!{SHOWN}.includes({newest})")
    click(rio, ".to-end")
    wait_for(rio, f"{SHOWN}.at(-1) === {newest}")

    click(rio, ".thread header .members")
    wait_for(rio, "document.querySelectorAll('dialog li').length === 2")
    click(rio, "dialog .btn.bad")
    click(rio, "dialog .bad-main")
    wait_for(rio, "location.pathname === '/messages'")
    wait_for(rio, "!document.querySelector('.chat-list')?.innerText.includes('Gate keepers')")
    assert rio.complaints == []


def test_two_browsers_talk_across_a_kill_and_one_is_signed_out_at_once(server, talk):
    ana, rio, tokens, conversation = talk
    for tab in (ana, rio):
        tab.open(f"{server.url}/messages/{conversation}")
        wait_for(tab, "!!document.querySelector('.compose textarea')")
    write(ana, "Is the gate open?")
    wait_for(rio, is_shown("Is the gate open?"))

    for pid in server.http_workers():
        os.kill(pid, signal.SIGKILL)
    write(rio, "It is.", "Come by on Sunday.")
    write(ana, "I will.")
    for tab in (ana, rio):
        wait_for(tab, f"{SHOWN}.length === 4 && !document.querySelector('.msg.sending')")
    with calling(server, tokens[0]) as client:
        history = client.get(f"conversations/{conversation}/history").json()["data"]["messages"]
    history.sort(key=lambda each: each["number"])
    stored = [each["content"] for each in history if each["content"]]
    assert sorted(stored) == sorted(
        ["Is the gate open?", "It is.", "Come by on Sunday.", "I will."]
    )
    assert ana.ask(SHOWN) == rio.ask(SHOWN) == stored

    # All sessions of this member end.
    with calling(server, tokens[1]) as client:
        body = {"current_password": PASSWORD, "new_password": f"{PASSWORD} another"}
        assert client.put("users/me/password", json=body).status_code == 200
    wait_for(rio, "!document.querySelector('.log') && !!document.querySelector('main .state')")
