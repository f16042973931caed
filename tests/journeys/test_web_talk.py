"""Conversations in two real browsers: nothing is lost or doubled when the server is killed."""

import json
import os
import signal

import pytest

from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import calling, sign_up, until
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


def wait_until(tab, expression):
    until(lambda: tab.ask(expression), 60, lambda: f"{expression}: {tab.complaints}")


def sign_in(tab, server, email, path):
    tab.open(f"{server.url}/sign-in")
    wait_until(tab, "!!document.querySelector('form [name=email]')")
    for name, value in {"email": email, "password": PASSWORD}.items():
        field = f"document.querySelector('form [name={name}]')"
        tab.ask(f"{field}.value = {json.dumps(value)}")
        tab.ask(f"{field}.dispatchEvent(new Event('input', {{bubbles: true}}))")
    tab.ask("document.querySelector('form [type=submit]').click()")
    wait_until(tab, "location.pathname === '/'")
    tab.open(f"{server.url}{path}")


def write(tab, *texts):
    for text in texts:
        tab.ask(
            "(field => {"
            f" field.value = {json.dumps(text)};"
            " field.dispatchEvent(new Event('input', {bubbles: true}));"
            " field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));"
            "})(document.querySelector('.compose textarea'))"
        )


def is_shown(*texts):
    return f"JSON.stringify({SHOWN}) === {json.dumps(json.dumps(texts, separators=(',', ':')))}"


@pytest.fixture
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
            wait_until(tab, "!!document.querySelector('.compose textarea')")
        yield first, second, tokens, conversation


def test_two_browsers_talk_across_a_kill_and_one_is_signed_out_at_once(server, talk):
    ana, rio, tokens, conversation = talk
    write(ana, "Is the gate open?")
    wait_until(rio, is_shown("Is the gate open?"))

    for pid in server.http_workers():
        os.kill(pid, signal.SIGKILL)
    write(rio, "It is.", "Come by on Sunday.")
    write(ana, "I will.")
    for tab in (ana, rio):
        wait_until(tab, f"{SHOWN}.length === 4 && !document.querySelector('.msg.sending')")
    with calling(server, tokens[0]) as client:
        history = client.get(f"conversations/{conversation}/history").json()["data"]["messages"]
    stored = [each["content"] for each in sorted(history, key=lambda each: each["number"])]
    assert sorted(stored) == sorted(
        ["Is the gate open?", "It is.", "Come by on Sunday.", "I will."]
    )
    assert ana.ask(SHOWN) == rio.ask(SHOWN) == stored

    # All sessions of this member end.
    with calling(server, tokens[1]) as client:
        body = {"current_password": PASSWORD, "new_password": f"{PASSWORD} another"}
        assert client.put("users/me/password", json=body).status_code == 200
    wait_until(rio, "!document.querySelector('.log') && !!document.querySelector('main .state')")
