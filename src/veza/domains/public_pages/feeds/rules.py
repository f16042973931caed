"""Feeds hold public tracks only; the guid of a feed outlives changes of its address."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import quote
from uuid import UUID, uuid5

from veza.core import rss
from veza.core.ids import TrackId
from veza.core.site_identity import ICON_PATH
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.audio.models import AudioFile
from veza.domains.music.credits.models import Credit, CreditedArtist
from veza.domains.music.credits.rules.shown import write_line
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.public_pages.feeds.models import Enclosure, Feed, FeedItem, FeedPerson

# The role of the artist of a track; without one, readers take people for hosts.
ARTIST = "artist"
# Podcast directories ask for it in the name.
AUDIO_SUFFIX = ".m4a"


def name_feed(kind: str, thing_id: UUID) -> UUID:
    """Return the guid of a feed, which outlives changes of names and of the server's address."""
    return uuid5(rss.GUID_NAMESPACE, f"{kind}/{thing_id}")


def audio_path(track_id: TrackId) -> str:
    """Return the path of the audio of a track in feeds."""
    return f"/feeds/tracks/{track_id}{AUDIO_SUFFIX}"


def is_shown(track: Track) -> bool:
    """Return whether a track that anybody may see belongs in feeds."""
    return track.visibility is Visibility.PUBLIC


def make_item(
    track: Track,
    files: tuple[AudioFile, AudioFile | None],
    *,
    added_at: datetime | None = None,
    episode: int | None = None,
    season: int | None = None,
) -> FeedItem:
    """Return the item of a track; `files` are its rendition and its original if that is free."""
    rendition, original = files
    return FeedItem(
        track_id=track.id,
        title=track.title,
        artist=write_line(track.artists),
        people=list_people(track.artists, track.credits),
        description=track.description,
        published_at=added_at or track.created_at,
        duration_seconds=track.duration_seconds,
        is_explicit=track.is_explicit is True,
        cover_url=track.cover_url,
        enclosure=Enclosure(audio_path(track.id), rendition.size, rendition.content_type),
        original=original
        and Enclosure(f"/api/v1/tracks/{track.id}/stream", original.size, original.content_type),
        episode=episode,
        season=season,
    )


def list_people(artists: Iterable[CreditedArtist], others: Iterable[Credit]) -> list[FeedPerson]:
    """Return the displayed artists and the contributors, with the pages of those linked."""
    return [
        *(FeedPerson(each.name, _page_of_profile(each.profile), ARTIST) for each in artists),
        *(FeedPerson(each.name, _page_of_profile(each.profile), each.role) for each in others),
    ]


def render_feed(feed: Feed, base_url: str) -> bytes:
    """Return a feed as RSS 2.0, for a server at `base_url`."""
    items = (line for item in feed.items for line in _item(item, base_url))
    return rss.document([*_channel(feed, base_url), *items])


def _channel(feed: Feed, base_url: str) -> Iterator[str]:
    first = f"{base_url}{feed.path}"
    page = f"{base_url}{feed.page}"
    yield rss.element("title", feed.title)
    yield rss.element("link", page)
    yield rss.element("description", feed.description or feed.title)
    # Nobody says in which language music is, and a wrong one is worse than none: no `language`.
    yield rss.element("generator", "Veza")
    yield rss.element("lastBuildDate", rss.date(feed.updated_at))
    yield rss.link("self", rss.page_of(first, feed.cursor))
    yield rss.link("first", first)
    if feed.next_cursor is not None:
        yield rss.link("next", rss.page_of(first, feed.next_cursor))
    yield rss.element("itunes:author", feed.author)
    yield rss.element("itunes:type", "serial" if feed.is_ordered else "episodic")
    yield rss.element("itunes:explicit", rss.boolean(any(item.is_explicit for item in feed.items)))
    yield rss.element("itunes:category", attributes={"text": "Music"})
    # Directories take no feed without a picture, and none without an owner.
    picture = feed.cover_url or f"{base_url}{ICON_PATH}"
    yield rss.element("itunes:image", attributes={"href": picture})
    yield "<image>"
    yield rss.element("url", picture)
    yield rss.element("title", feed.title)
    yield rss.element("link", page)
    yield "</image>"
    yield "<itunes:owner>"
    yield rss.element("itunes:name", feed.author)
    yield "</itunes:owner>"
    yield rss.element("podcast:guid", str(feed.guid))
    # No other platform may import it as its own.
    yield rss.element("podcast:locked", "yes")
    yield rss.element("podcast:medium", "music")
    for person in feed.people:
        yield _person(person.name, person.page, base_url, person.role)


def _item(item: FeedItem, base_url: str) -> Iterator[str]:
    file = item.enclosure
    yield "<item>"
    yield rss.element("title", item.title)
    yield rss.element("link", f"{base_url}/tracks/{item.track_id}")
    yield rss.element("description", item.description or f"A track by {item.artist}.")
    yield rss.element("guid", str(item.track_id), {"isPermaLink": "false"})
    yield rss.element("pubDate", rss.date(item.published_at))
    yield rss.element(
        "enclosure",
        attributes={
            "url": f"{base_url}{file.path}",
            "length": str(file.size),
            "type": file.content_type,
        },
    )
    yield rss.element("itunes:author", item.artist)
    yield rss.element("itunes:explicit", rss.boolean(item.is_explicit))
    if item.duration_seconds is not None:
        yield rss.element("itunes:duration", str(round(item.duration_seconds)))
    if item.cover_url is not None:
        yield rss.element("itunes:image", attributes={"href": item.cover_url})
    if item.episode is not None:
        yield rss.element("itunes:episode", str(item.episode))
    if item.season is not None:
        yield rss.element("itunes:season", str(item.season))
    for person in item.people:
        yield _person(person.name, person.page, base_url, person.role)
    if item.original is not None:
        yield from _alternate(item.original, base_url)
    yield "</item>"


def _alternate(file: Enclosure, base_url: str) -> Iterator[str]:
    size = str(file.size)
    kind = file.content_type
    yield rss.opening(
        "podcast:alternateEnclosure", {"type": kind, "length": size, "title": "Original"}
    )
    yield rss.element("podcast:source", attributes={"uri": f"{base_url}{file.path}"})
    yield "</podcast:alternateEnclosure>"


def _person(name: str, page: str | None, base_url: str, role: str) -> str:
    link = {"href": f"{base_url}{page}"} if page else {}
    return rss.element("podcast:person", name, {"role": role, **link})


def _page_of_profile(profile: NamedMember | None) -> str | None:
    return profile and f"/artists/{quote(profile.username)}"
