"""Calendars as iCalendar (RFC 5545), and the signed names of members' calendars."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from veza.core.ids import UserId
from veza.core.signed_urls import Resource, UrlSigner
from veza.domains.live.models.plans import CalendarEntry, StoredCalendar
from veza.domains.live.models.stored_streams import StreamStatus

SUFFIX = ".ics"
MEDIA_TYPE = "text/calendar"

# The length of a stream in a calendar: nobody knows it before the stream is over.
_ASSUMED_LENGTH = timedelta(hours=1)
_PRODUCT = "-//Veza//Live streams//EN"
# How often clients should ask again (RFC 7986, section 5.7).
_REFRESH = "PT1H"
# Longer lines are folded (RFC 5545, section 3.1), without dividing a character.
_MAX_LINE_BYTES = 75
# Control characters that a text can't contain (section 3.3.11), but for a line feed.
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f]")
_ID_LENGTH = 32
# An object needs a component (section 3.6): a calendar without events has the time zone UTC.
_NO_EVENTS = (
    "BEGIN:VTIMEZONE",
    "TZID:Etc/UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
)


class Calendar(Struct, frozen=True):
    """A calendar: its name, and the planned streams in it."""

    name: str
    entries: Sequence[CalendarEntry]


def write_name(signer: UrlSigner, calendar: StoredCalendar) -> str:
    """Return the name of the file of a member's calendar, which has a signature of its key."""
    signature = signer.sign_forever(Resource.CALENDAR, calendar.user_id, calendar.key)
    return f"{calendar.user_id.hex}.{signature}{SUFFIX}"


def read_name(name: str) -> UserId | None:
    """Return the member whose calendar a file name is of; whether it is valid is asked later."""
    user_id = name.partition(".")[0]
    if len(user_id) != _ID_LENGTH or not re.fullmatch("[0-9a-f]+", user_id):
        return None
    return UserId(UUID(user_id))


def is_name_of(signer: UrlSigner, calendar: StoredCalendar, name: str) -> bool:
    """Return whether a file name has the signature of the key that a calendar has now."""
    signature = name.partition(".")[2].removesuffix(SUFFIX)
    ids = (calendar.user_id, calendar.key)
    return signer.is_signed_forever(signature, Resource.CALENDAR, *ids)


def render_calendar(calendar: Calendar, base_url: str) -> bytes:
    """Return a calendar as iCalendar, for a server at `base_url`.

    It depends on the streams alone, so that it has the same tag until one of them changes.
    """
    name = _escape(calendar.name)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"NAME:{name}",
        f"X-WR-CALNAME:{name}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_REFRESH}",
        f"X-PUBLISHED-TTL:{_REFRESH}",
        *(line for entry in calendar.entries for line in _event(entry, base_url)),
        *(() if calendar.entries else _NO_EVENTS),
        "END:VCALENDAR",
    ]
    return b"".join(_fold(lines))


def _event(entry: CalendarEntry, base_url: str) -> Iterator[str]:
    page = f"{base_url}/live/{entry.id}"
    is_cancelled = entry.status is StreamStatus.CANCELLED
    ends_at = max(entry.ended_at or entry.starts_at, entry.starts_at + _ASSUMED_LENGTH)
    # Each change is a later version for clients that keep the event.
    version = int((entry.updated_at - entry.created_at).total_seconds())
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.id}"
    yield f"DTSTAMP:{_write(entry.updated_at)}"
    yield f"LAST-MODIFIED:{_write(entry.updated_at)}"
    yield f"CREATED:{_write(entry.created_at)}"
    yield f"SEQUENCE:{max(version, 0)}"
    yield f"DTSTART:{_write(entry.starts_at)}"
    yield f"DTEND:{_write(ends_at)}"
    yield f"SUMMARY:{_escape(f'{entry.shown_name}: {entry.title}')}"
    if entry.description:
        yield f"DESCRIPTION:{_escape(entry.description)}"
    if entry.category:
        yield f"CATEGORIES:{_escape(entry.category)}"
    yield f"URL:{page}"
    yield f"STATUS:{'CANCELLED' if is_cancelled else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _write(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escape(text: str) -> str:
    """Return a text as a value (section 3.3.11)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    clean = _FORBIDDEN.sub("", lines)
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        clean = clean.replace(plain, written)
    return clean


def _fold(lines: Iterable[str]) -> Iterator[bytes]:
    for line in lines:
        rest = line.encode(errors="replace")
        size = _MAX_LINE_BYTES
        while len(rest) > size:
            # Not before the rest of a character.
            while rest[size] & 0xC0 == 0x80:
                size -= 1
            yield rest[:size] + b"\r\n "
            rest, size = rest[size:], _MAX_LINE_BYTES - 1
        yield rest + b"\r\n"
