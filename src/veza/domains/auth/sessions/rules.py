"""Access tokens last an hour, refresh tokens 30 days; a used one may repeat for 10 s."""

from datetime import timedelta
from uuid import UUID

from veza.core.addresses import network_of
from veza.core.ids import SessionId
from veza.core.structs import copy_fields
from veza.domains.auth.sessions.models import Device, Session, StoredRefreshToken, StoredSession

ACCESS_LIFETIME = timedelta(hours=1)
# Restarts at each refresh.
REFRESH_LIFETIME = timedelta(days=30)

# How long a session is kept after its end.
KEPT_FOR = timedelta(days=7)

# How long a used refresh token returns its unused successor again, for lost answers and two tabs.
SUCCESSOR_GRACE = timedelta(seconds=10)

# The token in a user agent, and the name. The first match counts: browsers also claim to be those
# further down.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def is_same_device(stored: StoredRefreshToken, device: Device) -> bool:
    """Return whether a request comes from the device that used a session last.

    That is the same user agent at the same IPv4 address, or in the same /64 of IPv6.
    """
    return stored.device == device.name and network_of(stored.ip) == network_of(device.ip)


def show_session(known: StoredSession, current: SessionId) -> Session:
    """Return a session as its member sees it."""
    return copy_fields(
        Session,
        known,
        device=describe_device(known.device),
        user_agent=known.device,
        is_current=known.id == current,
    )


def describe_device(user_agent: str) -> str:
    """Return a readable name such as "Firefox on Linux"; other programs keep their user agent."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    if browser is None:
        return user_agent.strip() or "Unknown device"
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    return browser if system is None else f"{browser} on {system}"


def session_id_of_refresh_token(token: str) -> str:
    """Return the session id in a refresh token as text; empty if there is none.

    The CSRF token is bound to it. It proves nothing: the token itself is checked elsewhere.
    """
    return str(find_session_id(token) or "")


def find_session_id(token: str) -> SessionId | None:
    """Return the session id in a refresh token, which proves nothing, or None."""
    try:
        return SessionId(UUID(token.partition(".")[0]))
    except ValueError:
        return None
