"""The feed of a show as RSS 2.0, with the namespaces of podcasts, and its chapters as JSON."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

import msgspec

from veza.core import rss
from veza.core.ids import ShowId, TrackId
from veza.core.site_identity import ICON_PATH
from veza.core.visibility import Visibility
from veza.domains.music.credits.rules.shown import write_line
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.shows.models.episodes import Chapter
from veza.domains.shows.models.feeds import FeedEpisode, ShowFeed
from veza.domains.shows.models.hubs import FeedHubs
from veza.domains.shows.rules.shows import feed_path

AUDIO_SUFFIX = ".m4a"
CHAPTERS_NAME = "chapters.json"
TRANSCRIPT_NAME = "transcript.vtt"
CHAPTERS_TYPE = "application/json+chapters"
TRANSCRIPT_TYPE = "text/vtt"
# The version of the format of chapters (podcast namespace, "JSON Chapters Format").
_CHAPTERS_VERSION = "1.2.0"


def audio_path(show_id: ShowId, track_id: TrackId) -> str:
    """Return the path of the audio of an episode, which ends as directories ask for it."""
    return f"/feeds/shows/{show_id}/{track_id}{AUDIO_SUFFIX}"


def page_path(show_id: ShowId, track_id: TrackId) -> str:
    """Return the path of the page of an episode."""
    return f"/shows/{show_id}/episodes/{track_id}"


def list_hubs(feed: ShowFeed, hubs: FeedHubs) -> Sequence[str]:
    """Return the hubs that tell of a page: of the first one of a public show, for everybody."""
    is_told = feed.show.visibility is Visibility.PUBLIC and feed.key is None and feed.cursor is None
    return hubs.addresses if is_told else ()


def render_feed(feed: ShowFeed, base_url: str, hubs: Sequence[str] = ()) -> bytes:
    """Return a page of a feed that names some hubs, for a server at `base_url`."""
    episodes = (line for each in feed.episodes for line in _item(feed, each, base_url))
    return rss.document([*_channel(feed, base_url, hubs), *episodes])


def address_of(feed: ShowFeed, base_url: str) -> str:
    """Return the address of the first page of a feed."""
    return _with_key(f"{base_url}{feed_path(feed.show.id)}", feed.key)


def write_links(feed: ShowFeed, base_url: str, hubs: Sequence[str]) -> str:
    """Return the header `Link` of a feed that names hubs."""
    links = [*((hub, "hub") for hub in hubs), (address_of(feed, base_url), "self")]
    return ", ".join(f'<{url}>; rel="{relation}"' for url, relation in links)


def render_chapters(chapters: Sequence[Chapter]) -> bytes:
    """Return chapters as JSON, in the format of the podcast namespace."""
    listed = [
        {"startTime": each.start_seconds, "title": each.title}
        | ({} if each.url is None else {"url": each.url})
        for each in chapters
    ]
    return msgspec.json.encode({"version": _CHAPTERS_VERSION, "chapters": listed})


def _channel(feed: ShowFeed, base_url: str, hubs: Sequence[str]) -> Iterator[str]:
    show = feed.show
    first = address_of(feed, base_url)
    yield rss.element("title", show.title)
    yield rss.element("link", f"{base_url}/shows/{show.id}")
    yield rss.element("description", show.description or show.title)
    yield rss.element("language", show.language)
    yield rss.element("generator", "Veza")
    yield rss.element("lastBuildDate", rss.date(feed.updated_at))
    yield rss.link("self", rss.page_of(first, feed.cursor))
    yield from map(rss.hub, hubs)
    yield rss.link("first", first)
    if feed.next_cursor is not None:
        yield rss.link("next", rss.page_of(first, feed.next_cursor))
    yield from _directory_entries(feed, base_url)
    yield from _podcast_entries(feed)


def _directory_entries(feed: ShowFeed, base_url: str) -> Iterator[str]:
    """Write what directories ask for: they take no feed without a picture and an owner."""
    show = feed.show
    picture = feed.cover_url or f"{base_url}{ICON_PATH}"
    yield rss.element("itunes:author", feed.author)
    yield rss.element("itunes:type", show.kind)
    yield rss.element("itunes:explicit", rss.boolean(show.is_explicit))
    yield rss.element("itunes:category", attributes={"text": show.category})
    yield rss.element("itunes:image", attributes={"href": picture})
    yield "<image>"
    yield rss.element("url", picture)
    yield rss.element("title", show.title)
    yield rss.element("link", f"{base_url}/shows/{show.id}")
    yield "</image>"
    yield "<itunes:owner>"
    yield rss.element("itunes:name", show.owner_text or feed.author)
    yield "</itunes:owner>"
    if feed.key is not None:
        # A feed of one member is not for directories.
        yield rss.element("itunes:block", "Yes")


def _podcast_entries(feed: ShowFeed) -> Iterator[str]:
    yield rss.element("podcast:guid", str(feed.show.guid))
    # No other platform may import it as its own, unless its owner moves it there.
    yield rss.element("podcast:locked", "no" if feed.show.moved_to else "yes")
    yield rss.element("podcast:medium", "podcast")
    if feed.key is not None:
        yield rss.element("podcast:block", "yes")
    if feed.show.license is not None:
        yield rss.element("podcast:license", feed.show.license)
    for funding in feed.show.funding:
        yield rss.element("podcast:funding", funding.title, {"url": funding.url})


def _item(feed: ShowFeed, item: FeedEpisode, base_url: str) -> Iterator[str]:
    episode, track = item.episode, item.track
    audio = f"{base_url}{audio_path(episode.show_id, track.id)}"
    enclosure = {
        "url": _with_key(audio, feed.key),
        "length": str(item.audio.size),
        "type": item.audio.content_type,
    }
    yield "<item>"
    yield rss.element("title", track.title)
    yield rss.element("link", f"{base_url}{page_path(episode.show_id, track.id)}")
    yield rss.element("description", episode.notes or track.description or track.title)
    yield rss.element("guid", episode.guid or str(track.id), {"isPermaLink": "false"})
    yield rss.element("pubDate", rss.date(episode.published_at))
    yield rss.element("enclosure", attributes=enclosure)
    yield from _track_entries(track)
    yield rss.element("itunes:episodeType", episode.kind)
    if episode.season is not None:
        yield rss.element("itunes:season", str(episode.season))
        yield rss.element("podcast:season", str(episode.season))
    if episode.number is not None:
        yield rss.element("itunes:episode", str(episode.number))
        yield rss.element("podcast:episode", str(episode.number))
    yield from _documents(feed, item, f"{base_url}/feeds/shows/{episode.show_id}/{track.id}")
    yield "</item>"


def _track_entries(track: Track) -> Iterator[str]:
    yield rss.element("itunes:author", write_line(track.artists))
    yield rss.element("itunes:explicit", rss.boolean(track.is_explicit is True))
    if track.duration_seconds is not None:
        yield rss.element("itunes:duration", str(round(track.duration_seconds)))
    if track.cover_url is not None:
        yield rss.element("itunes:image", attributes={"href": track.cover_url})


def _documents(feed: ShowFeed, item: FeedEpisode, folder: str) -> Iterator[str]:
    if item.episode.chapters:
        url = _with_key(f"{folder}/{CHAPTERS_NAME}", feed.key)
        yield rss.element("podcast:chapters", attributes={"url": url, "type": CHAPTERS_TYPE})
    if item.episode.has_transcript:
        url = _with_key(f"{folder}/{TRANSCRIPT_NAME}", feed.key)
        facts = {"url": url, "type": TRANSCRIPT_TYPE, "language": feed.show.language}
        yield rss.element("podcast:transcript", attributes=facts)


def _with_key(url: str, key: str | None) -> str:
    return url if key is None else f"{url}?key={quote(key)}"
