"""The port for encoders that speak Icecast's source protocol: butt, Mixxx, Traktor, liquidsoap.

The password is the key of the stream; user and mount may be anything. An encoder that is refused
gets a status, and one that goes on sending to its end gets none.
"""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress

import structlog
from msgspec import Struct

from veza.infra.ingest import icecast_requests as requests
from veza.infra.ingest.connections import FLUSH_WITHIN_S, close_connection
from veza.infra.ingest.hooks import Hooks, NotAdmitted, Publishing, Reason
from veza.infra.ingest.icecast_bodies import PIECE_BYTES, BadChunk, SourceBody
from veza.infra.ingest.limits import (
    AUTHENTICATE_WITHIN_S,
    IDLE_AFTER_S,
    MAX_AUDIO_BYTES_PER_S,
    Admissions,
    Flow,
    TooManyConnections,
)
from veza.infra.ingest.publications import log_failure, publication, relay_while_admitted
from veza.infra.ingest.relay import RelayTools, relaying_sound
from veza.infra.ingest.titles import OggTitles, Titles
from veza.infra.media.confined_process import FedProcess, ProcessFailure

log = structlog.get_logger()

_STATUS = {Reason.REFUSED: 401, Reason.IN_USE: 403, Reason.UNAVAILABLE: 503}
_TEXT = {
    Reason.REFUSED: "The password is not a stream key that may go live.",
    Reason.IN_USE: "Mountpoint in use: this stream is live already.",
    Reason.UNAVAILABLE: "The server is busy: try again.",
}


class Refusal(Exception):
    """A request is answered by this status, and its connection closed."""

    def __init__(self, status: int, text: str = "", *, is_fault: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.is_fault = is_fault


class IcecastTools(Struct, frozen=True):
    """The parts that connections share."""

    hooks: Hooks
    admissions: Admissions
    relay: RelayTools


class IcecastPort:
    """Serves encoders; `connections` are the tasks of those that are connected."""

    def __init__(self, tools: IcecastTools) -> None:
        self._tools = tools
        self._numbers = itertools.count(1)
        # The streams of this process, for titles that come by other connections.
        self._live: dict[str, Titles] = {}
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        address = str(writer.get_extra_info("peername", ("",))[0])
        try:
            with self._tools.admissions.connected(address):
                await self._answer(reader, writer, address)
        except TooManyConnections:
            writer.write(requests.write_answer(429, "Too many connections: try again later."))
        except (OSError, ProcessFailure, asyncio.IncompleteReadError, TimeoutError) as error:
            # The encoder is gone, or what it sends can't be decoded.
            log.info("encoder_ended", way="icecast", reason=type(error).__name__)
        except BadChunk:
            self._tools.admissions.count_fault(address)
            log.info("encoder_ended", way="icecast", reason=BadChunk.__name__)
        except Exception as error:
            log_failure("icecast", error)
        finally:
            self._connections.discard(task)
            await close_connection(writer)

    async def close(self) -> None:
        """Disconnect all encoders, and wait until that was reported."""
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str
    ) -> None:
        try:
            request = await _read_request(reader)
            if request.is_admin:
                self._announce(request)
                writer.write(requests.write_answer(200, "Metadata update successful"))
            elif request.method == "OPTIONS":
                writer.write(requests.write_answer(200))
            elif request.is_source:
                await self._receive(request, reader, writer, address=address)
            else:
                status = 404 if request.method == "GET" else 405
                writer.write(requests.write_answer(status))
        except Refusal as refusal:
            if refusal.is_fault:
                self._tools.admissions.count_fault(address)
            writer.write(requests.write_answer(refusal.status, refusal.text))
            await _linger(reader, writer)
        except NotAdmitted as error:
            if error.reason is Reason.REFUSED:
                self._tools.admissions.count_fault(address)
            writer.write(requests.write_answer(_STATUS[error.reason], _TEXT[error.reason]))
            await _linger(reader, writer)

    def _announce(self, request: requests.SourceRequest) -> None:
        """Set the title of a stream of this process. Raises Refusal."""
        titles = self._live.get(request.key or "")
        if titles is None:
            # Not counted as a fault: the stream may be at another machine.
            raise Refusal(401)
        if request.title is None:
            raise Refusal(400, "Only mode=updinfo with a song is known.")
        titles.say(request.title)

    async def _receive(
        self,
        request: requests.SourceRequest,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        address: str,
    ) -> None:
        """Relay what an encoder sends. Raises NotAdmitted and Refusal before that begins."""
        if request.key is None:
            # Some ask without the password first.
            raise Refusal(401)
        if request.demuxer is None:
            raise Refusal(415, "Send MP3, Ogg (Vorbis, Opus), AAC or FLAC.")
        encoder = Publishing(request.key, f"icecast-{next(self._numbers)}")
        relay = self._tools.relay
        async with publication(self._tools.hooks, encoder) as name:
            with self._tools.admissions.lasting(address), self._announcing(encoder) as titles:
                writer.write(requests.CONTINUE if request.expects_continue else requests.accept())
                async with relaying_sound(relay, name, request.demuxer) as process:
                    source = SourceBody(reader, is_chunked=request.is_chunked)
                    await relay_while_admitted(
                        self._tools.hooks,
                        encoder,
                        lambda: _feed(source, process, titles),
                        also=titles.store,
                    )
        if request.expects_continue:
            writer.write(requests.write_answer(200))

    @contextmanager
    def _announcing(self, encoder: Publishing) -> Generator[Titles]:
        """Register the titles of an encoder, which other connections with its key can set."""
        titles = self._live[encoder.key] = Titles(self._tools.hooks, encoder)
        try:
            yield titles
        finally:
            # Another encoder may have continued the stream meanwhile.
            if self._live.get(encoder.key) is titles:
                del self._live[encoder.key]


async def _feed(source: SourceBody, process: FedProcess, titles: Titles) -> None:
    """Pass on what an encoder sends, until it ends or falls silent. Raises ProcessFailure.

    It raises BadChunk where a chunk is malformed.
    """
    flow = Flow(MAX_AUDIO_BYTES_PER_S)
    comments = OggTitles()
    with suppress(TimeoutError):
        while not flow.is_idle:
            async with asyncio.timeout(IDLE_AFTER_S):
                piece = await source.read()
            if not piece:
                break
            flow.add(len(piece))
            await process.write(piece)
            if title := comments.find(piece):
                titles.say(title)
            if pause := flow.pause_s():
                await asyncio.sleep(pause)
        async with asyncio.timeout(FLUSH_WITHIN_S):
            await process.finish()


async def _read_request(reader: asyncio.StreamReader) -> requests.SourceRequest:
    """Return a request that arrives in time. Raises Refusal."""
    try:
        async with asyncio.timeout(AUTHENTICATE_WITHIN_S):
            head = await reader.readuntil(b"\r\n\r\n")
        return requests.read_request(head)
    except TimeoutError as error:
        raise Refusal(408, is_fault=True) from error
    except (requests.BadRequest, asyncio.LimitOverrunError) as error:
        raise Refusal(400, is_fault=True) from error


async def _linger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read what was sent before the answer arrives, as the system drops that answer otherwise."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(FLUSH_WITHIN_S):
            writer.write_eof()
            while await reader.read(PIECE_BYTES):
                pass


@asynccontextmanager
async def serving_icecast(tools: IcecastTools, port: int) -> AsyncGenerator[None]:
    """Serve encoders at a port of all addresses. Raises OSError if it is taken."""
    served = IcecastPort(tools)
    server = await asyncio.start_server(
        served.serve, None, port, limit=requests.MAX_HEAD_BYTES, backlog=100
    )
    try:
        yield
    finally:
        server.close()
        await served.close()
