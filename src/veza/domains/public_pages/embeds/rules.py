"""Only addresses of this server are embedded; pages without a player become links."""

import re
from html import escape
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import structs, to_builtins

from veza.core.visibility import ExplicitChoice
from veza.domains.music.credits.rules.shown import write_line
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.public_pages.embeds.errors import NothingToEmbed
from veza.domains.public_pages.embeds.models import (
    EmbedTarget,
    MaximumSize,
    OEmbed,
    PlayerContent,
    PlayerTrack,
)
from veza.domains.public_pages.heads.models import PLAYER_HEIGHTS, PLAYER_WIDTH, PageHead

# The tracks of a player at most.
MAX_TRACKS = 100
_CACHE_AGE_S = 3600
# The longer side of a picture: most are squares.
_THUMBNAIL_PX = 512
_LINKED = "live"
# What XML 1.0 can't contain, not even escaped (section 2.2).
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_target(url: str, base_url: str) -> EmbedTarget:
    """Return what an address of this server, of a page or a player, leads to.

    Raises NothingToEmbed.
    """
    try:
        parts = urlsplit(url)
        own = urlsplit(base_url)
    except ValueError as error:
        raise NothingToEmbed from error
    if parts.scheme not in {"http", "https"} or parts.netloc.lower() != own.netloc.lower():
        raise NothingToEmbed
    names = parts.path.removeprefix("/embed").strip("/").split("/")
    if len(names) != 2 or names[0] not in {*PLAYER_HEIGHTS, _LINKED}:
        raise NothingToEmbed
    return EmbedTarget(names[0], unquote(names[1]))


def make_oembed(head: PageHead, base_url: str, size: MaximumSize, *, site: str) -> OEmbed:
    """Return the response for a page of a named site: its player, or a link if it has none."""
    facts: dict[str, Any] = {
        "version": "1.0",
        "title": head.title,
        "author_name": head.author or site,
        "author_url": f"{base_url}{head.author_path}",
        "provider_name": site,
        "provider_url": base_url,
        "cache_age": _CACHE_AGE_S,
        **_describe_picture(head),
    }
    if head.player is None:
        return OEmbed(type="link", **facts)
    width = min(PLAYER_WIDTH, size.width or PLAYER_WIDTH)
    height = min(head.player.height, size.height or head.player.height)
    source = escape(f"{base_url}{head.player.path}")
    title = escape(head.title)
    html = (
        f'<iframe src="{source}" width="{width}" height="{height}" title="{title}" '
        'loading="lazy" allow="autoplay" frameborder="0"></iframe>'
    )
    return OEmbed(type="rich", html=html, width=width, height=height, **facts)


def _describe_picture(head: PageHead) -> dict[str, Any]:
    image_url = head.image_url or head.artist_image_url
    if image_url is None:
        return {}
    joint = "&" if "?" in image_url else "?"
    return {
        "thumbnail_url": f"{image_url}{joint}size={_THUMBNAIL_PX}",
        "thumbnail_width": _THUMBNAIL_PX,
        "thumbnail_height": _THUMBNAIL_PX,
    }


def encode_xml(response: OEmbed) -> bytes:
    """Return a response as XML."""
    fields: dict[str, object] = to_builtins(response)
    lines = "".join(
        f"<{name}>{escape(_FORBIDDEN.sub('', str(value)))}</{name}>"
        for name, value in fields.items()
    )
    head = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'
    return f"{head}\n<oembed>{lines}</oembed>\n".encode()


def show_track(track: Track) -> PlayerTrack:
    """Return a track as a player shows it."""
    return PlayerTrack(
        track.id,
        track.title,
        write_line(track.artists),
        track.duration_seconds,
        is_marked=track.is_explicit is True,
    )


def as_chosen(content: PlayerContent, choice: ExplicitChoice) -> PlayerContent:
    """Return a player without marks of explicit tracks, if visitors of the site see none."""
    if choice is not ExplicitChoice.SHOW:
        return content
    tracks = [structs.replace(track, is_marked=False) for track in content.tracks]
    return structs.replace(content, tracks=tracks)


def encode_content(content: PlayerContent | None) -> str:
    """Return the content of a player as JSON that can stand in a script element."""
    # Inside of a script element only `<` could end it, or begin a comment.
    return msgspec.json.encode(content).decode().replace("<", "\\u003c")
