"""What a device is called."""

import pytest

from veza.domains.auth.sessions import rules

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"

USER_AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Linux",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/140.0.0.0 Safari/537.36": (
        "Chrome on Windows"
    ),
    f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0": (
        "Edge on Windows"
    ),
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_WEBKIT} Chrome/140.0.0.0 Safari/537.36": (
        "Chrome on ChromeOS"
    ),
    f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} Chrome/139.0 Safari/537.36 OPR/124.0": (
        "Opera on Linux"
    ),
    f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36": (
        "Chrome on Android"
    ),
    f"Mozilla/5.0 (Linux; Android 15) {_WEBKIT} SamsungBrowser/28.0 Chrome/130.0 Safari/537.36": (
        "Samsung Internet on Android"
    ),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.6 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Safari/604.1": (
        "Chrome on iPad"
    ),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.6 Safari/605.1.15": "Safari on macOS",
    "Mozilla/5.0 (Unheard of) Firefox/140.0": "Firefox",
    "curl/8.14.1": "curl/8.14.1",
    "Tape Deck 2": "Tape Deck 2",
    " ": "Unknown device",
    "": "Unknown device",
}


@pytest.mark.parametrize(("user_agent", "name"), USER_AGENTS.items(), ids=USER_AGENTS.values())
def test_a_device_has_a_readable_name(user_agent: str, name: str) -> None:
    assert rules.describe_device(user_agent) == name
