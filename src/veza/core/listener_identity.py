"""The identity of a listener of a track, or a viewer of a live stream."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from veza.core.addresses import network_of
from veza.core.ids import UserId

# At most so many listeners of a network count per track and half an hour, and per live stream and
# day. Members are included, because new accounts are free.
MAX_LISTENERS_OF_A_NETWORK = 20

# Signs a text for a purpose with a secret of the server.
type Sign = Callable[[str, str], str]


class ListenerIdentity(Struct, frozen=True):
    """A listener. Two requests with the same `name` come from the same listener.

    `network` is a keyed digest of the network that the request came from. `user_id` is None for
    listeners who are not signed in: their `name` is the digest too. `daily` is a keyed digest of
    `name` for statistics, with another key each day.
    """

    name: str
    network: str
    user_id: UserId | None = None
    daily: str | None = None


def identify_listener(
    user_id: UserId | None, address: str, *, sign: Sign, at: datetime
) -> ListenerIdentity:
    """Return the listener behind a request: the account, else the network of the address.

    A network is an IPv4 address or the /64 of an IPv6 address. All else in a request, such as
    its user agent, is chosen by the client and ignored: all listeners behind an address who are not
    signed in count once.

    The address itself is not stored. The key of the digest changes at midnight UTC, so that nobody
    can be tracked across days, nor found by trying all addresses without the server's secret. A
    network that plays before and after midnight therefore counts twice.
    """
    network = sign(f"listener:{at:%Y-%m-%d}", network_of(address))
    name = f"n:{network}" if user_id is None else f"u:{user_id}"
    return ListenerIdentity(name, network, user_id, sign(f"counted:{at:%Y-%m-%d}", name))
