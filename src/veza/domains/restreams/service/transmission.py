"""Sends one stream to one server: segments into ffmpeg, and what it makes of them by RTMP."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from veza.core.rtmp_servers import RtmpServer
from veza.domains.restreams.service.segments import FRESH_S, FellBehind, SegmentFeed, SentSegment
from veza.infra.media.confined_process import FedProcess, ProcessFailure
from veza.infra.media.remux import FIT_KINDS, remuxing_to_flv
from veza.infra.rtmp.failures import ServerTooSlow
from veza.infra.rtmp.flv import BadFlv, FlvReader
from veza.infra.rtmp.publisher import RtmpPublisher, publishing

_LOOK_AGAIN_S = 0.25
# Until ffmpeg has written what it was given.
_REST_WITHIN_S = 5.0


class UnfitMedia(Exception):
    """The stream has no track that RTMP can carry (H.264, AAC or MP3)."""


class LeaseLost(Exception):
    """Another worker may send it: nothing more is sent."""


class Transmission(Struct, frozen=True):
    """Source, target and callbacks of one transmission.

    `may_send` returns whether the lease holds; `begun` is called after the first message is sent.
    """

    ffmpeg: Path
    folder: Path
    server: RtmpServer
    key: str
    tls: ssl.SSLContext
    may_send: Callable[[], bool]
    begun: Callable[[], Awaitable[None]]


async def transmit(transmission: Transmission) -> None:
    """Send a stream until its media breaks off. Raises PublishFailed, UnfitMedia and LeaseLost."""
    feed = SegmentFeed(transmission.folder)
    first = await _wait_for_next(feed)
    if first is None:
        return
    kinds = first.kinds & FIT_KINDS
    if not kinds:
        raise UnfitMedia
    server, key = transmission.server, transmission.key
    async with (
        publishing(server, key, transmission.tls) as publisher,
        remuxing_to_flv(transmission.ffmpeg, kinds, folder=transmission.folder) as process,
    ):
        feeding = asyncio.create_task(_feed(feed, first, process))
        forwarding = asyncio.create_task(_forward(process, publisher, transmission))
        listening = asyncio.create_task(publisher.listen())
        await _wait_for_end(feed, feeding, forwarding, listening)


async def _wait_for_end(
    feed: SegmentFeed,
    feeding: asyncio.Task[None],
    forwarding: asyncio.Task[None],
    listening: asyncio.Task[None],
) -> None:
    """Wait until all was sent, or something fails; raise what did."""
    tasks = (feeding, forwarding, listening)
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if feeding in done and feeding.exception() is None:
            done, _ = await asyncio.wait(
                (forwarding, listening),
                timeout=_REST_WITHIN_S,
                return_when=asyncio.FIRST_COMPLETED,
            )
        elif forwarding in done and forwarding.exception() is None and not feed.is_over:
            # ffmpeg ended, though more came.
            raise UnfitMedia
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    # What the server says explains best why nothing could be sent.
    for task in (listening, forwarding, feeding):
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


async def _feed(feed: SegmentFeed, first: SentSegment, process: FedProcess) -> None:
    """Give ffmpeg one segment after the other, until there are no more that continue."""
    following: SentSegment | None = first
    try:
        while following is not None and following.kinds <= first.kinds:
            await process.write(following.content)
            following = await _wait_for_next(feed)
    except ProcessFailure as error:
        raise UnfitMedia from error
    except FellBehind as error:
        raise ServerTooSlow from error
    feed.is_over = True
    await process.finish()


async def _wait_for_next(feed: SegmentFeed) -> SentSegment | None:
    """Return the next segment, or None if none comes for some time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(FRESH_S):
            while not feed.is_over:
                if (found := await asyncio.to_thread(feed.read_next)) is not None:
                    return found
                await asyncio.sleep(_LOOK_AGAIN_S)
    return None


async def _forward(
    process: FedProcess, publisher: RtmpPublisher, transmission: Transmission
) -> None:
    tags = FlvReader(process.output)
    is_begun = False
    try:
        while (message := await tags.read()) is not None:
            if not transmission.may_send():
                raise LeaseLost
            await publisher.send(message)
            if not is_begun:
                is_begun = True
                await transmission.begun()
    except BadFlv as error:
        raise UnfitMedia from error
