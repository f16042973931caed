"""The reads that are answered in front of the framework."""

from collections.abc import Sequence
from typing import Any

from veza.domains.marketplace.products.public_reads import SHOW_PRODUCT
from veza.domains.music.audio.public_files import PUBLIC_AUDIO
from veza.domains.music.tracks.public_reads import LIST_TRACKS, SHOW_TRACK
from veza.domains.social.posts.public_reads import (
    EXPLORE_POSTS,
    LIST_TRENDING_POSTS,
    SHOW_FEED,
    SHOW_POST,
)
from veza.http.public_files import PublicFileRoute
from veza.http.public_reads import PublicRead

PUBLIC_READS: Sequence[PublicRead[Any]] = (
    LIST_TRACKS,
    SHOW_TRACK,
    SHOW_FEED,
    EXPLORE_POSTS,
    LIST_TRENDING_POSTS,
    SHOW_POST,
    SHOW_PRODUCT,
)
PUBLIC_FILES: Sequence[PublicFileRoute] = PUBLIC_AUDIO
