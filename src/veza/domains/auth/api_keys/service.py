"""What one can do with API keys, and how one comes in by them."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Unavailable
from veza.core.ids import ApiKeyId, UserId, new_id
from veza.domains.auth.api_keys import queries, rules
from veza.domains.auth.api_keys.errors import ApiKeyNotFound, InvalidApiKey, TooManyKeys
from veza.domains.auth.api_keys.models import ApiKeyForm, ApiKeyList, CreatedKey, NewKey
from veza.domains.auth.sessions.errors import InvalidToken
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.processes.tasks import running

log = structlog.get_logger()


class KeyUses:
    """Writes when keys were used, after the requests and not within them, many at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._due: set[ApiKeyId] = set()
        self._wake = asyncio.Event()

    def note(self, key_id: ApiKeyId) -> None:
        """Have it written that a key is in use."""
        self._due.add(key_id)
        self._wake.set()

    async def write(self) -> None:
        """Write what was noted. What can't be written is forgotten: the next use tells it anew."""
        noted, self._due = self._due, set()
        if noted:
            async with self._database.transaction(recorded=False) as tx:
                await queries.update_keys_used(tx, list(noted))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Write while inside, whenever something is noted."""
        async with running(self._run()):
            yield

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.write()
            except Unavailable as error:
                log.warning("key_uses_unwritten", error=str(error))


async def authenticate(database: Database, uses: KeyUses, key: str) -> Member:
    """Tell who comes by a key, in the role that they have now. Raises InvalidApiKey."""
    if not rules.looks_like_key(key):
        raise InvalidApiKey
    async with database.read() as conn:
        bearer = await queries.find_bearer(conn, rules.hash_of(key))
    if bearer is None:
        raise InvalidApiKey
    if bearer.is_use_due:
        uses.note(bearer.key_id)
    return Member(bearer.user_id, bearer.role, None, bearer.scopes)


async def create_key(tx: Tx, user_id: UserId, form: ApiKeyForm) -> CreatedKey:
    """Make a key, which is shown this once. Raises TooManyKeys."""
    rules.ensure_future(form.expires_at, now())
    if not await queries.lock_owner(tx, user_id):
        # The token outlived the account.
        raise InvalidToken
    if await queries.count_keys(tx, user_id) >= rules.MAX_KEYS:
        raise TooManyKeys
    key = rules.KEY_BEGINNING + secrets.token_urlsafe(32)
    new = NewKey(
        id=ApiKeyId(new_id()),
        user_id=user_id,
        key_hash=rules.hash_of(key),
        prefix=key[: rules.PREFIX_LENGTH],
        form=form,
    )
    return CreatedKey(**structs.asdict(await queries.insert_key(tx, new)), key=key)


async def list_keys(conn: Conn, user_id: UserId) -> ApiKeyList:
    """List a member's keys, expired ones too, newest first."""
    return ApiKeyList(await queries.list_keys(conn, user_id))


async def revoke_key(tx: Tx, user_id: UserId, key_id: ApiKeyId) -> None:
    """Take a key back: from now on it lets nobody in. Raises ApiKeyNotFound."""
    if not await queries.revoke_key(tx, key_id, user_id):
        raise ApiKeyNotFound


async def revoke_all_keys(tx: Tx, user_id: UserId) -> None:
    """Take back whatever keys a member has."""
    await queries.revoke_keys(tx, user_id)
