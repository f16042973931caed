"""A reported play, and where it was started: the kind of client, and the site that led to it."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct

_MAX_URL_LENGTH = 2000
_MAX_HOST_LENGTH = 253
# A domain name of at least two labels. An address or a bare name may be the machine of one person.
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}")


class PlayClient(StrEnum):
    """The kind of client that reports a play."""

    WEB = "web"
    EMBED = "embed"
    SUBSONIC = "subsonic"
    API = "api"


class PlaySource(Struct, frozen=True):
    """The client of a play, and the host of the site that led to it, if known."""

    client: PlayClient
    host: str | None = None


class PlayReport(Struct, frozen=True):
    """The time that the caller listened, and what led there."""

    listened_seconds: Annotated[float, Meta(ge=0, le=1_000_000, examples=[30])]
    referrer: (
        Annotated[
            str,
            Meta(
                max_length=_MAX_URL_LENGTH,
                description=(
                    "The page that led the listener here (`document.referrer`). Only its host is "
                    "kept, and shown only if five listeners of the artist came from it on that day."
                ),
                examples=["https://blog.example/best-of-2026"],
            ),
        ]
        | None
    ) = None
    played_at: (
        Annotated[
            datetime,
            Meta(
                tz=True,
                description=(
                    "When a member heard it, if that was earlier, without a network: at most 14 "
                    "days ago. Older plays are not counted."
                ),
                examples=[None],
            ),
        ]
        | None
    ) = None


def find_host(url: str | None) -> str | None:
    """Return the host of a web page: a domain name in lower case, without `www.`.

    None if there is none, and for addresses and names without a dot.
    """
    if not url or len(url) > _MAX_URL_LENGTH:
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removesuffix(".").removeprefix("www.")
    except ValueError:
        return None
    is_page = parts.scheme in {"http", "https"}
    is_domain = len(host) <= _MAX_HOST_LENGTH and _DOMAIN.fullmatch(host) is not None
    return host if is_page and is_domain else None
