"""Issue and check chat tokens, each valid for a single WebSocket connection."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from veza.core.access import Member, session_of
from veza.core.clock import LEEWAY
from veza.core.ids import UserId
from veza.domains.auth.sessions.service import EndedSessions
from veza.domains.realtime import queries
from veza.domains.realtime.errors import BadChatToken
from veza.domains.realtime.models import ChatClaims, ChatToken, ChatTokenClaims
from veza.infra.postgres.database import Database
from veza.infra.security.tokens import BadToken, TokenSigner

TOKEN_LIFETIME = timedelta(seconds=300)
AUDIENCE = "veza:chat"


class ChatTokens(Struct, frozen=True):
    """Signs chat tokens, and rejects those of ended sessions."""

    tokens: TokenSigner
    ended: EndedSessions


def issue_token(chat_tokens: ChatTokens, member: Member) -> ChatToken:
    """Return a new token for a single connection."""
    tokens = chat_tokens.tokens
    session_id, profile_id = session_of(member), member.acts_as
    claims = ChatClaims(member.actor_id, session_id, member.role, profile=profile_id)
    token = tokens.sign(claims)
    return ChatToken(token, int(tokens.lifetime.total_seconds()))


async def spend_token(
    database: Database, chat_tokens: ChatTokens, token: str
) -> tuple[Member, UserId | None]:
    """Return the member of a token, and the profile as which they asked for it, if any.

    A token is valid only once. Raises BadChatToken.
    """
    try:
        claims = chat_tokens.tokens.read(token, ChatTokenClaims)
    except BadToken as error:
        raise BadChatToken from error
    # Stored until no node accepts the token any more, even with a wrong clock.
    stored_until = datetime.fromtimestamp(claims.exp, UTC) + 2 * LEEWAY
    async with database.transaction() as tx:
        is_first = await queries.insert_spent_token(tx, claims.jti, stored_until)
    if not is_first or claims.sid in chat_tokens.ended:
        raise BadChatToken
    return Member(claims.sub, claims.role, claims.sid), claims.profile
