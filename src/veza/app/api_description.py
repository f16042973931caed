"""The head of the OpenAPI document, and its tags in the order of the API page."""

from importlib.metadata import version

from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Tag

_DESCRIPTION = """The server of a music community.

Sign in with `POST /api/v1/auth/register` or `/auth/login`, and put the `access_token` of the
response into **Authorize**. Your own programs send an API key as `X-API-Key`: it needs `read` for
`GET`, and `write` for all else. Operations that refuse with `key_not_allowed` take no API keys.
Every response is `{"success": true, "data": …}` or
`{"success": false, "error": …, "code": …, "request_id": …}`; with
`Accept: application/problem+json` errors have the format of RFC 9457. Times are RFC 3339 in UTC,
ids are UUIDs that sort by time, and `cursor=next_cursor` returns the next page of a list."""

AREAS = (
    Tag("accounts", "Register, sign in, edit your profile."),
    Tag("sessions", "List your sessions, refresh them, sign out."),
    Tag("recovery", "Reset a password, verify an e-mail address."),
    Tag("factors", "Second factors: passkeys, authenticator apps and recovery codes."),
    Tag("identities", "Sign in at identity providers (OpenID Connect), and link yours."),
    Tag("keys", "API keys for your own programs, and app passwords for your players."),
    Tag("tracks", "Upload, find, play and like music."),
    Tag("uploads", "Uploads of any kind that may be interrupted and continued (tus 1.0)."),
    Tag("discovery", "Similar tracks and artists, radio, random tracks."),
    Tag("search", "Search everything at once, as it is typed."),
    Tag("releases", "Albums, EPs, singles: tracks in order, credits, publication."),
    Tag("credits", "Artists and contributors: confirm or decline that you are one."),
    Tag("playlists", "Playlists: edit alone or together, import and export."),
    Tag("shows", "Podcasts: shows, their episodes and feeds."),
    Tag("library", "Your ratings, history, bookmarks, play queue, and what is playing."),
    Tag("statistics", "Your plays, listeners, likes, referrers and sales by day."),
    Tag("live", "Live streams: broadcast and watch."),
    Tag("stations", "Stations: play stored tracks day and night."),
    Tag("profiles", "Names, pictures and links that people are shown by."),
    Tag("users", "Other members: follow, block, mute."),
    Tag("social", "Posts, images, likes and threads; the feed."),
    Tag("conversations", "Direct messages, groups and rooms."),
    Tag("chat", "The token for the WebSocket, which delivers messages and events."),
    Tag("notifications", "Your notifications, and which of them you want."),
    Tag("mail", "Broadcasts of a profile, its subscribers, and addresses that take no mail."),
    Tag("marketplace", "Products, orders, downloads, invoices, refunds."),
    Tag("reviews", "Reviews by buyers, and replies by sellers."),
    Tag("seller", "Your sales, balance and payout account."),
    Tag("sandbox", "Simulated payments and payouts, to try everything without money."),
    Tag("cloud", "Your private files: folders, versions, trash, share links."),
    Tag("gear", "Your equipment: documents, warranties, repairs."),
    Tag("privacy", "Export your data, or erase your account."),
    Tag("webhooks", "Events that payment and payout providers send."),
    Tag("moderation", "Report content, and act on reports."),
    Tag("control", "Announcements and feature flags."),
    Tag("admin", "Administration of the server."),
    Tag("system", "Limits, and checks of input before you send it."),
    Tag("health", "Health checks and metrics."),
    Tag("legacy", "Deprecated paths of older versions."),
)


def describe_api() -> OpenAPIConfig:
    """Return the head of the API's document; `http.api_docs.swagger` serves it on a page."""
    return OpenAPIConfig(
        title="Veza API",
        version=version("veza"),
        description=_DESCRIPTION,
        tags=list(AREAS),
        path="/_",
        render_plugins=[],
    )
