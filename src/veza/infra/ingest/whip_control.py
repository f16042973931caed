"""Calls from the API to the ingest of this machine about WHIP: one line of JSON each way."""

import asyncio
from contextlib import suppress
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from veza.core.foreign_json import decode_json
from veza.infra.ingest.connections import close_connection

HOST = "127.0.0.1"
MAX_LINE_BYTES = 128 * 1024
# The ingest asks the API about the key meanwhile.
ANSWER_WITHIN_S = 8.0


class WhipAction(StrEnum):
    """The requests of WHIP: POST, PATCH and DELETE."""

    OPEN = "open"
    TRICKLE = "trickle"
    END = "end"


class WhipOutcome(StrEnum):
    """The outcome of a request."""

    DONE = "done"
    # The key may not go live, or is not that of the session.
    REFUSED = "refused"
    IN_USE = "in_use"
    UNAVAILABLE = "unavailable"
    TOO_MANY = "too_many"
    # `text` says what is wrong.
    BAD_OFFER = "bad_offer"
    UNKNOWN = "unknown"


class WhipRequest(Struct, frozen=True, kw_only=True):
    """A request, with the address of the client who made it."""

    secret: Annotated[str, Meta(max_length=200)]
    action: WhipAction
    key: Annotated[str, Meta(max_length=200)]
    address: Annotated[str, Meta(max_length=64)] = ""
    session: Annotated[str, Meta(max_length=64)] = ""
    text: str = ""


class WhipReply(Struct, frozen=True, kw_only=True):
    """The outcome; of an offer that is taken with the session and the answer to it."""

    outcome: WhipOutcome
    session: str = ""
    text: str = ""


class WhipUnreachable(Exception):
    """The ingest is not there, or answers too late."""


class WhipGate(Struct, frozen=True):
    """The port of the ingest, if it receives WHIP, and the secret of the hooks."""

    port: int | None
    secret: str

    async def ask(
        self,
        action: WhipAction,
        key: str,
        *,
        address: str = "",
        session: str = "",
        text: str = "",
    ) -> WhipReply:
        """Hand a request to the ingest. Raises WhipUnreachable."""
        assert self.port is not None
        request = WhipRequest(
            secret=self.secret,
            action=action,
            key=key,
            address=address,
            session=session,
            text=text,
        )
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                line = await _exchange(self.port, msgspec.json.encode(request) + b"\n")
            return decode_json(line, WhipReply)
        except (OSError, TimeoutError, ValueError, msgspec.MsgspecError) as error:
            raise WhipUnreachable from error


async def _exchange(port: int, line: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port, limit=MAX_LINE_BYTES)
    try:
        writer.write(line)
        with suppress(asyncio.IncompleteReadError):
            return await reader.readuntil(b"\n")
        return b""
    finally:
        await close_connection(writer)
