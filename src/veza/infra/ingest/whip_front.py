"""The port for encoders that speak WHIP (RFC 9725), such as browsers: one of UDP for all sessions.

The API takes the offers, and hands them here by a port of this machine (`whip_control`). This end
is ICE lite: it waits for requests at its addresses, and sends nothing to who has no answer.
"""

import asyncio
import hmac
import itertools
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec
import structlog
from msgspec import Struct

from veza.core.foreign_json import decode_json
from veza.infra.ingest import stun, whip_control, whip_sdp
from veza.infra.ingest.connections import close_connection
from veza.infra.ingest.dtls_srtp import DtlsIdentity
from veza.infra.ingest.hooks import Hooks, NotAdmitted, Publishing, Reason
from veza.infra.ingest.limits import AUTHENTICATE_WITHIN_S, Admissions, TooManyConnections
from veza.infra.ingest.publications import log_failure
from veza.infra.ingest.relay import RelayTools
from veza.infra.ingest.udp_ports import enlarge_buffer, open_udp_port
from veza.infra.ingest.whip_control import WhipAction, WhipOutcome, WhipReply, WhipRequest
from veza.infra.ingest.whip_sessions import Peer, WhipSession, WhipTools
from veza.infra.media.confined_process import ProcessFailure

log = structlog.get_logger()

_OUTCOMES = {
    Reason.REFUSED: WhipOutcome.REFUSED,
    Reason.IN_USE: WhipOutcome.IN_USE,
    Reason.UNAVAILABLE: WhipOutcome.UNAVAILABLE,
}
# Addresses for documentation: connecting to them by UDP sends nothing, and tells the own address.
_ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


class WhipParts(Struct, frozen=True):
    """The parts of the process that sessions need, and the secret of those who may open them."""

    hooks: Hooks
    admissions: Admissions
    relay: RelayTools
    secret: str


class WhipPort(asyncio.DatagramProtocol):
    """Opens sessions, and passes on packets of those that were admitted."""

    def __init__(self, tools: WhipTools, secret: str) -> None:
        self._tools = tools
        self._secret = secret
        self._numbers = itertools.count(1)
        self._sessions: dict[str, WhipSession] = {}
        self._by_fragment: dict[str, WhipSession] = {}
        self._by_peer: dict[Peer, WhipSession] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """Keep the port."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer a request of ICE, or pass on a packet of a session."""
        # Of IPv6 an address has four parts.
        peer = addr
        if stun.is_stun(data):
            with suppress(stun.BadStun):
                self._check(stun.read_request(data), peer)
        elif (session := self._by_peer.get(peer)) is not None:
            session.receive(data)

    def send(self, data: bytes, peer: Peer) -> None:
        """Send a packet to a peer."""
        if self._transport is not None:
            self._transport.sendto(data, peer)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request of the API."""
        try:
            async with asyncio.timeout(AUTHENTICATE_WITHIN_S):
                line = await reader.readuntil(b"\n")
            request = decode_json(line, WhipRequest)
            if hmac.compare_digest(request.secret.encode(), self._secret.encode()):
                reply = await self._answer(request)
                writer.write(msgspec.json.encode(reply) + b"\n")
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # Its end is noticed at the other one.
            pass
        except msgspec.MsgspecError as error:
            log_failure("whip", error)
        finally:
            await close_connection(writer)

    async def close(self) -> None:
        """End all sessions, and wait until that was reported."""
        tasks = [each.task for each in self._sessions.values() if each.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._transport is not None:
            self._transport.close()

    async def _answer(self, request: WhipRequest) -> WhipReply:
        if request.action is WhipAction.OPEN:
            return await self._open(request)
        session = self._sessions.get(request.session)
        if session is None:
            return WhipReply(outcome=WhipOutcome.UNKNOWN)
        if not hmac.compare_digest(request.key.encode(), session.encoder.key.encode()):
            return WhipReply(outcome=WhipOutcome.REFUSED)
        if request.action is WhipAction.END:
            session.end()
            assert session.task is not None
            # Whoever comes next finds the key free.
            await asyncio.wait([session.task], timeout=AUTHENTICATE_WITHIN_S)
            return WhipReply(outcome=WhipOutcome.DONE)
        return _hear_candidates(session, request.text)

    async def _open(self, request: WhipRequest) -> WhipReply:
        """Answer an offer; the session has some seconds to begin."""
        answer = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._serve_session(request, answer))
        await asyncio.wait([task, answer], return_when=asyncio.FIRST_COMPLETED)
        # A task that failed has said so in the log.
        return answer.result() if answer.done() else WhipReply(outcome=WhipOutcome.UNAVAILABLE)

    async def _serve_session(self, request: WhipRequest, answer: asyncio.Future[WhipReply]) -> None:
        """Serve a session to its end; `answer` gets the answer to its offer."""
        admissions = self._tools.admissions
        try:
            with admissions.connected(request.address):
                session = await self._admit(request)
                self._forget_waiting(request.key)
                self._sessions[session.id] = self._by_fragment[session.fragment] = session
                session.task = asyncio.current_task()
                answer.set_result(self._accept(session))
                try:
                    await session.run(request.address)
                finally:
                    self._forget(session)
        except TooManyConnections:
            answer.set_result(WhipReply(outcome=WhipOutcome.TOO_MANY))
        except whip_sdp.BadOffer as error:
            admissions.count_fault(request.address)
            answer.set_result(WhipReply(outcome=WhipOutcome.BAD_OFFER, text=str(error)))
        except NotAdmitted as error:
            self._refuse(request, error, answer)
        except (OSError, ProcessFailure, TimeoutError) as error:
            log.info("encoder_ended", way="whip", reason=type(error).__name__)
        except Exception as error:
            log_failure("whip", error)

    async def _admit(self, request: WhipRequest) -> WhipSession:
        """Return a session for an offer with a key that may go live. Raises NotAdmitted."""
        offer = whip_sdp.read_offer(request.text)
        encoder = Publishing(request.key, f"whip-{next(self._numbers)}")
        await self._tools.hooks.check(encoder)
        return WhipSession(self._tools, self.send, offer, encoder)

    def _refuse(
        self, request: WhipRequest, error: NotAdmitted, answer: asyncio.Future[WhipReply]
    ) -> None:
        if answer.done():
            # Another encoder was faster.
            log.info("encoder_ended", way="whip", reason=error.reason.value)
            return
        if error.reason is Reason.REFUSED:
            self._tools.admissions.count_fault(request.address)
        answer.set_result(WhipReply(outcome=_OUTCOMES[error.reason]))

    def _accept(self, session: WhipSession) -> WhipReply:
        described = whip_sdp.AnswerFields(
            number=next(self._numbers),
            fragment=session.fragment,
            password=session.password,
            fingerprint=self._tools.identity.fingerprint,
            addresses=self._tools.addresses,
            port=self._tools.port,
        )
        text = whip_sdp.write_answer(session.offer, described)
        return WhipReply(outcome=WhipOutcome.DONE, session=session.id, text=text)

    def _check(self, request: stun.BindingRequest, peer: Peer) -> None:
        session = self._by_fragment.get(request.username.partition(":")[0])
        if session is None:
            return
        before = session.peers
        if session.check(request, peer):
            for each in before:
                if each not in session.peers:
                    self._by_peer.pop(each, None)
            self._by_peer[peer] = session

    def _forget_waiting(self, key: str) -> None:
        """End the sessions of a key that are not on air: their page was loaded again."""
        for each in self._sessions.values():
            if each.encoder.key == key and not each.is_on_air:
                each.end()

    def _forget(self, session: WhipSession) -> None:
        del self._sessions[session.id]
        del self._by_fragment[session.fragment]
        self._by_peer = {
            peer: other for peer, other in self._by_peer.items() if other is not session
        }


def _hear_candidates(session: WhipSession, text: str) -> WhipReply:
    """Take candidates of the client, which has to reach this end: nothing is done with them."""
    try:
        fragment = whip_sdp.read_fragment(text)
    except whip_sdp.BadOffer as error:
        return WhipReply(outcome=WhipOutcome.BAD_OFFER, text=str(error))
    if fragment != session.offer.fragment:
        reason = "ICE is not begun again: end this session, and open another."
        return WhipReply(outcome=WhipOutcome.BAD_OFFER, text=reason)
    return WhipReply(outcome=WhipOutcome.DONE)


@asynccontextmanager
async def serving_whip(
    parts: WhipParts, port: int, addresses: Sequence[str]
) -> AsyncGenerator[None]:
    """Serve encoders at a UDP port, and the API at the same port of TCP. Raises OSError."""
    tools = WhipTools(
        parts.hooks,
        parts.admissions,
        parts.relay,
        DtlsIdentity(),
        tuple(addresses) or find_addresses(),
        port,
    )
    served = WhipPort(tools, parts.secret)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: served, sock=open_udp_port(port)
    )
    enlarge_buffer(transport)
    try:
        server = await asyncio.start_server(
            served.serve, whip_control.HOST, port, limit=whip_control.MAX_LINE_BYTES
        )
        try:
            yield
        finally:
            server.close()
    finally:
        await served.close()


def find_addresses() -> tuple[str, ...]:
    """Return the addresses by which this machine reaches others, or else its own."""
    found: list[str] = []
    for family, elsewhere in _ELSEWHERE:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            found.append(str(probe.getsockname()[0]))
    return tuple(found) or ("127.0.0.1",)
