"""Sending push messages, by the real client to a push service of our own, and its faults."""

import socket
from datetime import timedelta
from email.utils import format_datetime

import pytest

from tests.fakes.push_service import Browser, FakePushService, PushFault, decode
from veza.core.clock import now
from veza.core.errors import CannotStart
from veza.infra.web_push.encryption import BrowserKeys
from veza.infra.web_push.sender import (
    MAX_RETRY_AFTER,
    Outcome,
    PushMessage,
    PushResult,
    WebPushSender,
    read_retry_after,
)
from veza.infra.web_push.vapid import VapidKey, derive_private_key, read_private_key

MESSAGE = PushMessage(b'{"id":1}', "a" * 32, timedelta(hours=1), is_urgent=True)
KEY = VapidKey(derive_private_key("a secret"), "mailto:ops@veza.example")


@pytest.fixture
def service():
    with FakePushService() as running:
        yield running


@pytest.fixture
def browser(service):
    return Browser(service.url, "laptop")


@pytest.fixture
def send(service, browser):
    async def send_message(url: str | None = None, timeout_s: float = 30) -> PushResult:
        form = browser.form
        keys = BrowserKeys(decode(form["keys"]["p256dh"]), decode(form["keys"]["auth"]))
        sender = WebPushSender(KEY, {service.url}, timeout_s)
        return await sender.send(url or form["endpoint"], keys, MESSAGE)

    return send_message


async def test_the_browser_reads_the_message_and_the_service_knows_the_sender(
    service, browser, send
):
    assert await send() == PushResult(Outcome.ACCEPTED)

    assert browser.read(service) == [{"id": 1}]
    [pushed] = service.pushed
    headers = {name: pushed.headers[name] for name in ("ttl", "topic", "urgency", "host")}
    assert headers == {
        "ttl": "3600",
        "topic": "a" * 32,
        "urgency": "high",
        "host": service.url.removeprefix("http://"),
    }
    assert pushed.headers["content-encoding"] == "aes128gcm"
    assert pushed.headers["authorization"].endswith(f", k={KEY.public_key}")
    assert "cookie" not in pushed.headers


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (PushFault(404), PushResult(Outcome.GONE)),
        (PushFault(410), PushResult(Outcome.GONE)),
        (PushFault(400), PushResult(Outcome.REFUSED)),
        (PushFault(403), PushResult(Outcome.REFUSED)),
        (PushFault(413), PushResult(Outcome.REFUSED)),
        (PushFault(429, {"retry-after": "90"}), PushResult(Outcome.AWAY, timedelta(seconds=90))),
        (PushFault(503, {"retry-after": "9" * 50}), PushResult(Outcome.AWAY, MAX_RETRY_AFTER)),
        (PushFault(500), PushResult(Outcome.AWAY)),
        (PushFault(200, is_huge=True), PushResult(Outcome.ACCEPTED)),
        (PushFault(410, is_huge=True), PushResult(Outcome.GONE)),
    ],
)
async def test_each_answer_has_a_meaning(service, send, fault, expected):
    service.faults.append(fault)
    assert await send() == expected
    assert service.tries == 1


async def test_a_redirect_is_not_followed(service, send):
    with FakePushService() as inner:
        service.faults.append(PushFault(307, {"location": f"{inner.url}/admin"}))
        assert await send() == PushResult(Outcome.REFUSED)
        assert inner.tries == 0


async def test_a_service_that_never_answers_costs_its_time_only(service, send):
    service.faults.append(PushFault(200, is_slow=True))
    assert await send(timeout_s=0.5) == PushResult(Outcome.AWAY)


async def test_nothing_is_sent_to_a_private_address(service, send, monkeypatch):
    """A name that leads to this machine, and the address itself."""
    assert await send(f"https://127.0.0.1:{service.url.rpartition(':')[2]}/x") == PushResult(
        Outcome.REFUSED
    )
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))],
    )
    assert await send("https://rebound.example/x") == PushResult(Outcome.REFUSED)
    assert service.tries == 0


async def test_a_name_that_leads_nowhere_may_lead_somewhere_later(send, monkeypatch):
    def find_nothing(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", find_nothing)
    assert await send("https://gone.example/x") == PushResult(Outcome.AWAY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("0", timedelta(0)),
        ("120", timedelta(seconds=120)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta(0)),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00", None),
    ],
)
def test_a_pause_is_read_in_both_forms(text, expected):
    assert read_retry_after(text) == expected


def test_a_pause_until_a_date_lasts_until_then():
    wait = read_retry_after(format_datetime(now() + timedelta(minutes=10), usegmt=True))
    assert wait is not None
    assert timedelta(minutes=9) < wait <= timedelta(minutes=10)


def test_a_key_of_ones_own_is_read_and_nonsense_refused():
    # Appendix A of RFC 8291: any pair of keys of this curve.
    key = VapidKey(read_private_key("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "mailto:a@b")
    assert key.public_key == (
        "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
    )
    for text in ("", "short", "A" * 43, "_" * 43, "yfWPiYE+n46HLnH0KqZOF1fJJU3MYrct3AELtAQ/oRw!"):
        with pytest.raises(CannotStart, match="VEZA_VAPID_PRIVATE_KEY"):
            read_private_key(text)


def test_the_derived_key_stays_the_same():
    again = VapidKey(derive_private_key("a secret"), "mailto:a@b")
    other = VapidKey(derive_private_key("another"), "mailto:a@b")
    assert again.public_key == KEY.public_key != other.public_key
