"""Describes music, profiles, products and posts, and lists what the first page shows."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote

from msgspec import structs

from veza.core.clock import now
from veza.core.ids import (
    BundleId,
    PlaylistId,
    PostId,
    ProductId,
    ReleaseId,
    ShowId,
    TrackId,
    UserId,
)
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.live.models.stored_streams import StreamQuery
from veza.domains.live.service import streams
from veza.domains.live.service.context import LiveContext
from veza.domains.marketplace.bundles import service as bundles
from veza.domains.marketplace.products import service as products
from veza.domains.music.credits.models import CreditedArtist
from veza.domains.music.credits.rules.shown import write_line
from veza.domains.music.playlists.service import playlists
from veza.domains.music.releases.models.tracklists import NamedPlace
from veza.domains.music.releases.service import releases
from veza.domains.music.releases.shared_queries import list_named_places, list_places
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.music.tracks.service import track_lists, visible_tracks
from veza.domains.profiles import shared_queries
from veza.domains.public_pages.heads.models import PLAYER_HEIGHTS, FirstLists, PageHead, Player
from veza.domains.public_pages.heads.rules import format_duration, list_offers, offer, shorten
from veza.domains.relationships import service as relationships
from veza.domains.relationships.models import MemberProfile
from veza.domains.shows.models.episodes import EpisodeRef
from veza.domains.shows.rules.shows import feed_path
from veza.domains.shows.service import episodes, shows
from veza.domains.social.posts import service as posts
from veza.infra.postgres.database import Conn

# The tracks of a release that its page names for search engines.
_MAX_LISTED = 100

# As many as the application asks for: `NEW` in `web/src/features/listen/newest.ts`.
_FIRST_TRACKS = 24
_FIRST_STREAMS = 4

type Describe[K] = Callable[[Conn, K, UrlBuilder], Awaitable[PageHead]]


async def list_first(conn: Conn, live_context: LiveContext, urls: UrlBuilder) -> FirstLists:
    """Return what the first page shows first: the newest tracks, and what is on air."""
    found = await track_lists.list_tracks(conn, TrackQuery(limit=_FIRST_TRACKS), None, urls)
    query = StreamQuery(is_live=True, limit=_FIRST_STREAMS)
    context = structs.replace(live_context, base=urls.base)
    on_air = await streams.list_streams(conn, context, query)
    return FirstLists(found.tracks, on_air.streams)


async def describe_track(conn: Conn, track_id: TrackId, urls: UrlBuilder) -> PageHead:
    """Describe a track. Raises TrackNotFound."""
    track = await visible_tracks.get_track(conn, track_id, None, urls)
    places = await list_named_places(conn, [track_id])
    artist = write_line(track.artists)
    seconds = track.duration_seconds
    return PageHead(
        path=f"/tracks/{track_id}",
        kind="music.song",
        owner_id=track.artist.id,
        title=f"{track.title}, by {artist}",
        description=shorten(track.description) or f"A track by {artist}.",
        image_url=track.cover_url,
        artist_image_url=artist_picture(track.artists, track.artist, urls),
        data={
            "@type": "MusicRecording",
            "name": track.title,
            "byArtist": _by_artists(track.artists, urls),
            "duration": None if seconds is None else format_duration(seconds),
            "genre": track.genre,
            "isrcCode": track.isrc,
            "inAlbum": _album(places[0], urls) if places else None,
        },
        is_indexed=track.visibility is Visibility.PUBLIC,
        author=artist,
        author_path=artist_path(track.artist.username),
        musician_paths=_musicians(track.artists),
        player=_player("tracks", track_id),
        has_oembed=True,
        audio_path=f"/feeds/tracks/{track_id}.m4a" if track.stream_url else None,
        card_path=f"/cards/tracks/{track_id}" if track.waveform_url else None,
    )


async def describe_release(conn: Conn, release_id: ReleaseId, urls: UrlBuilder) -> PageHead:
    """Describe a release. Raises ReleaseNotFound."""
    release = await releases.get_release(conn, release_id, None, urls)
    track_ids = [place.track_id for place in await list_places(conn, [release_id])]
    visible = await visible_tracks.find_visible_tracks(conn, track_ids, None, urls)
    is_public = release.visibility is Visibility.PUBLIC
    return PageHead(
        path=f"/releases/{release_id}",
        kind="music.album",
        owner_id=release.owner.id,
        title=f"{release.title}, by {release.artist_name}",
        description=shorten(release.description) or f"A release by {release.artist_name}.",
        image_url=release.cover_url,
        artist_image_url=artist_picture(release.artists, release.owner, urls),
        data={
            "@type": "MusicAlbum",
            "name": release.title,
            "byArtist": _by_artists(release.artists, urls),
            "numTracks": release.tracks_count,
            "datePublished": release.release_date,
            "genre": release.genre,
            "track": _track_list([visible[each] for each in track_ids if each in visible], urls),
        },
        is_indexed=is_public,
        author=release.artist_name,
        author_path=artist_path(release.owner.username),
        musician_paths=_musicians(release.artists),
        player=_player("releases", release_id),
        has_oembed=True,
        feed_path=f"/feeds/releases/{release_id}" if is_public else None,
    )


async def describe_playlist(conn: Conn, playlist_id: PlaylistId, urls: UrlBuilder) -> PageHead:
    """Describe a playlist. Raises PlaylistNotFound."""
    playlist = await playlists.get_playlist(conn, playlist_id, None, urls)
    owner = playlist.owner.display_name
    is_public = playlist.visibility is Visibility.PUBLIC
    return PageHead(
        path=f"/playlists/{playlist_id}",
        kind="music.playlist",
        owner_id=playlist.owner.id,
        title=f"{playlist.title}, by {owner}",
        description=shorten(playlist.description) or f"A playlist by {owner}.",
        image_url=playlist.cover_url,
        data={
            "@type": "MusicPlaylist",
            "name": playlist.title,
            "creator": {"@type": "Person", "name": owner},
            "numTracks": playlist.tracks_count,
        },
        is_indexed=is_public,
        author=owner,
        author_path=artist_path(playlist.owner.username),
        player=_player("playlists", playlist_id),
        has_oembed=True,
        feed_path=f"/feeds/playlists/{playlist_id}" if is_public else None,
    )


async def describe_show(conn: Conn, show_id: ShowId, urls: UrlBuilder) -> PageHead:
    """Describe a show. Raises ShowNotFound."""
    show = await shows.get_show(conn, show_id, None, urls)
    owner = show.owner.display_name
    is_public = show.visibility is Visibility.PUBLIC
    return PageHead(
        path=f"/shows/{show_id}",
        kind="website",
        owner_id=show.owner.id,
        title=f"{show.title}, by {owner}",
        description=shorten(show.description) or f"A show by {owner}.",
        image_url=show.cover_url,
        data={
            "@type": "PodcastSeries",
            "name": show.title,
            "author": {"@type": "Person", "name": owner},
            "inLanguage": show.language,
            "webFeed": show.feed_url,
        },
        is_indexed=is_public,
        author=owner,
        author_path=artist_path(show.owner.username),
        feed_path=feed_path(show_id) if is_public else None,
    )


async def describe_episode(conn: Conn, ref: EpisodeRef, urls: UrlBuilder) -> PageHead:
    """Describe an episode. Raises ShowNotFound and EpisodeNotFound."""
    episode = await episodes.get_episode(conn, ref, viewer=None, urls=urls)
    show, track = episode.show, episode.track
    seconds = track.duration_seconds
    visibilities = {show.visibility, track.visibility}
    return PageHead(
        path=f"/shows/{ref.show_id}/episodes/{ref.track_id}",
        kind="music.song",
        owner_id=show.owner.id,
        title=f"{track.title}, {show.title}",
        description=shorten(episode.notes or track.description) or f"An episode of {show.title}.",
        image_url=track.cover_url or show.cover_url,
        data={
            "@type": "PodcastEpisode",
            "name": track.title,
            "datePublished": episode.published_at.date(),
            "episodeNumber": episode.number,
            "duration": None if seconds is None else format_duration(seconds),
            "partOfSeries": {"@type": "PodcastSeries", "name": show.title},
        },
        is_indexed=visibilities == {Visibility.PUBLIC},
        author=show.owner.display_name,
        author_path=artist_path(show.owner.username),
    )


async def describe_artist(conn: Conn, username: str, urls: UrlBuilder) -> PageHead:
    """Describe a member. Raises UserNotFound."""
    profile = await relationships.get_profile(conn, username, None)
    return PageHead(
        path=artist_path(profile.username),
        kind="profile",
        owner_id=profile.id,
        title=profile.display_name,
        description=shorten(profile.bio) or f"Music and posts by {profile.display_name}.",
        image_url=picture_url(profile, urls),
        image_alt=await shared_queries.find_avatar_alt(conn, profile.id),
        data=artist(profile.display_name),
        author=profile.display_name,
        author_path=artist_path(profile.username),
        player=_player("artists", quote(profile.username)),
        has_oembed=True,
        feed_path=f"/feeds{artist_path(profile.username)}",
    )


async def describe_product(conn: Conn, product_id: ProductId, urls: UrlBuilder) -> PageHead:
    """Describe a product. Raises ProductNotFound."""
    product = await products.get_product(conn, product_id, None, urls)
    seller = product.seller.display_name if product.seller else None
    return PageHead(
        path=f"/products/{product_id}",
        kind="product",
        owner_id=product.seller.id if product.seller else None,
        title=product.title if seller is None else f"{product.title}, by {seller}",
        description=shorten(product.description),
        image_url=None,
        data={
            "@type": "Product",
            "name": product.title,
            "offers": list_offers(product, now()),
        },
    )


async def describe_bundle(conn: Conn, bundle_id: BundleId, urls: UrlBuilder) -> PageHead:
    """Describe a bundle. Raises BundleNotFound."""
    bundle = await bundles.get_bundle(conn, bundle_id, None, urls)
    covers = [cover.cover_url for cover in bundle.covers if cover.cover_url is not None]
    return PageHead(
        path=f"/bundles/{bundle_id}",
        kind="product",
        owner_id=bundle.seller.id,
        title=f"{bundle.title}, by {bundle.seller.display_name}",
        description=shorten(bundle.description),
        image_url=covers[0] if covers else None,
        data={
            "@type": "Product",
            "name": bundle.title,
            "offers": [offer(bundle.total_cents, bundle.currency, "InStock")],
        },
    )


async def describe_post(conn: Conn, post_id: PostId, urls: UrlBuilder) -> PageHead:
    """Describe a post. Raises PostNotFound."""
    post = await posts.get_post(conn, post_id, None, urls)
    author = post.author.display_name
    return PageHead(
        path=f"/posts/{post_id}",
        kind="article",
        owner_id=post.author.id,
        title=f"A post by {author}",
        description=shorten(post.content),
        image_url=post.images[0].url if post.images else None,
        data={
            "@type": "SocialMediaPosting",
            "author": {"@type": "Person", "name": author},
            "datePublished": post.created_at,
        },
    )


async def is_mining_reserved(conn: Conn, owner_id: UserId | None) -> bool:
    """Return whether a profile reserves text and data mining of what it publishes."""
    return owner_id is not None and await shared_queries.is_mining_reserved(conn, owner_id)


def artist_path(username: str) -> str:
    """Return the path of the page of a member."""
    return f"/artists/{quote(username)}"


def artist_picture(
    artists: Sequence[CreditedArtist], owner: NamedMember, urls: UrlBuilder
) -> str | None:
    """Return the absolute address of the picture of the first artist with a page, or the owner."""
    profiles = (each.profile for each in artists if each.profile)
    return picture_url(next(profiles, owner), urls)


def picture_url(profile: NamedMember | MemberProfile, urls: UrlBuilder) -> str | None:
    """Return the absolute address of a member's picture."""
    path = profile.avatar_url
    return None if path is None else urls.origin + path


def _player(section: str, key: object) -> Player:
    return Player(f"/embed/{section}/{key}", PLAYER_HEIGHTS[section])


def _album(place: NamedPlace, urls: UrlBuilder) -> dict[str, Any]:
    url = f"{urls.origin}/releases/{place.release_id}"
    return {"@type": "MusicAlbum", "name": place.title, "url": url}


def _track_list(found: Sequence[Track], urls: UrlBuilder) -> dict[str, Any]:
    """Describe tracks in their order."""
    items = [
        {
            "@type": "ListItem",
            "position": position,
            "item": {
                "@type": "MusicRecording",
                "name": track.title,
                "url": f"{urls.origin}/tracks/{track.id}",
                "byArtist": _by_artists(track.artists, urls),
            },
        }
        for position, track in enumerate(found[:_MAX_LISTED], start=1)
    ]
    return {"@type": "ItemList", "numberOfItems": len(found), "itemListElement": items}


def _by_artists(
    artists: Sequence[CreditedArtist], urls: UrlBuilder
) -> dict[str, Any] | list[dict[str, Any]]:
    """Describe one artist, or several in their order; those linked with their page."""
    described = [
        artist(each.name)
        | ({"url": urls.origin + artist_path(each.profile.username)} if each.profile else {})
        for each in artists
    ]
    return described[0] if len(described) == 1 else described


def _musicians(artists: Sequence[CreditedArtist]) -> list[str]:
    return [artist_path(each.profile.username) for each in artists if each.profile]


def artist(name: str) -> dict[str, Any]:
    """Describe an artist by their name."""
    return {"@type": "MusicGroup", "name": name}
