"""The reads that are answered in front of the framework."""

from collections.abc import Sequence
from typing import Any

from veza.domains.chat.messages.frequent_reads import LIST_CONVERSATIONS
from veza.domains.marketplace.products.frequent_reads import LIST_PRODUCTS, SHOW_PRODUCT
from veza.domains.music.audio.public_files import PUBLIC_AUDIO
from veza.domains.music.tracks.frequent_reads import LIST_TRACKS, SHOW_TRACK
from veza.domains.notifications.inbox.frequent_reads import LIST_NOTIFICATIONS
from veza.domains.social.posts.frequent_reads import (
    EXPLORE_POSTS,
    LIST_TRENDING_POSTS,
    SHOW_FEED,
    SHOW_POST,
)
from veza.http.frequent_reads import FrequentRead
from veza.http.public_files import PublicFileRoute

FREQUENT_READS: Sequence[FrequentRead[Any]] = (
    LIST_TRACKS,
    SHOW_TRACK,
    SHOW_FEED,
    EXPLORE_POSTS,
    LIST_TRENDING_POSTS,
    SHOW_POST,
    LIST_PRODUCTS,
    SHOW_PRODUCT,
    LIST_NOTIFICATIONS,
    LIST_CONVERSATIONS,
)
PUBLIC_FILES: Sequence[PublicFileRoute] = PUBLIC_AUDIO
