"""The hubs of WebSub that are notified when the feed of a show changes."""

from collections.abc import Sequence

from msgspec import Struct

from veza.core.ids import ShowId


class FeedHubs(Struct, frozen=True):
    """The addresses of hubs, which may be none, and the origin of the addresses of feeds."""

    addresses: Sequence[str]
    origin: str


class ChangedFeed(Struct, frozen=True):
    """A changed feed: whether hubs were notified of it, and whether everybody may read it."""

    show_id: ShowId
    is_announced: bool
    is_public: bool


class PingHub(Struct, frozen=True):
    """Job: notify a hub that the feed of a show has changed."""

    show_id: ShowId
    hub: str
