"""What one comes in by: tokens, each good for one socket."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from veza.core.access import Member, session_of
from veza.core.clock import LEEWAY
from veza.domains.auth.sessions.models import AccessClaims
from veza.domains.auth.sessions.service import EndedSessions
from veza.domains.realtime import queries
from veza.domains.realtime.errors import BadChatToken
from veza.domains.realtime.models import ChatToken, SpentClaims
from veza.infra.postgres.database import Database
from veza.infra.security.tokens import BadToken, TokenSigner

TOKEN_LIFETIME = timedelta(seconds=300)
AUDIENCE = "veza:chat"


class Gate(Struct, frozen=True):
    """What lets a socket in: tokens, and which sessions are over."""

    tokens: TokenSigner
    ended: EndedSessions


def issue_token(gate: Gate, member: Member) -> ChatToken:
    """Get a token for one socket."""
    token = gate.tokens.sign(AccessClaims(member.id, session_of(member), member.role))
    return ChatToken(token, int(gate.tokens.lifetime.total_seconds()))


async def spend_token(database: Database, gate: Gate, token: str) -> Member:
    """Tell whose token it is, for the first and last time. Raises BadChatToken."""
    try:
        claims = gate.tokens.read(token, SpentClaims)
    except BadToken as error:
        raise BadChatToken from error
    async with database.transaction() as tx:
        is_first = await queries.insert_spent_token(
            # Kept until no node accepts it any more, by whichever clock.
            tx,
            claims.jti,
            datetime.fromtimestamp(claims.exp, UTC) + 2 * LEEWAY,
        )
    if not is_first or claims.sid in gate.ended:
        raise BadChatToken
    return Member(claims.sub, claims.role, claims.sid)
