"""An API key acts in its owner's current role; it is shown once, and revoked at once."""

import asyncio
import secrets
from contextlib import AbstractAsyncContextManager

import structlog
from msgspec import structs

from veza.core.access import Member, act_as
from veza.core.clock import now, require_future
from veza.core.errors import Unavailable, required
from veza.core.ids import ApiKeyId, UserId, new_id
from veza.core.profiles import NotYourProfile
from veza.domains.auth.api_keys import queries, rules, shared_queries
from veza.domains.auth.api_keys.errors import ApiKeyNotFound, InvalidApiKey, TooManyApiKeys
from veza.domains.auth.api_keys.models import ApiKeyForm, ApiKeyList, CreatedApiKey, NewApiKey
from veza.domains.auth.factors.service.overview import FactorContext, must_enrol
from veza.domains.auth.sessions.errors import InvalidToken
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.auth.sessions.models import NoticeKind
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.processes.tasks import running

log = structlog.get_logger()


class ApiKeyUsage:
    """Stores when keys were used: after the requests, and many keys at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._due: set[ApiKeyId] = set()
        self._wake = asyncio.Event()

    def note(self, key_id: ApiKeyId) -> None:
        """Record the use of a key; it is stored later."""
        self._due.add(key_id)
        self._wake.set()

    async def write(self) -> None:
        """Store the noted uses. If that fails they are dropped: the next use is noted again."""
        noted = self._due
        self._due = set()
        if noted:
            async with self._database.transaction(recorded=False) as tx:
                await queries.update_keys_used(tx, list(noted))

    def running(self) -> AbstractAsyncContextManager[None]:
        """Write noted uses in the background while the context is open."""
        return running(self._run())

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.write()
            except Unavailable as error:
                log.warning("key_uses_unwritten", error=str(error))


async def authenticate(
    database: Database, uses: ApiKeyUsage, key: str, *, factors: FactorContext
) -> Member:
    """Return the owner of a key, in their current role, as limited as their sessions are.

    The key of a profile acts as it, in the owner's current role there.
    Raises InvalidApiKey.
    """
    if not rules.looks_like_key(key):
        raise InvalidApiKey
    async with database.read() as conn:
        owner = required(await queries.find_owner(conn, rules.hash_of(key)), InvalidApiKey)
        is_limited = await must_enrol(conn, factors, owner.user_id, owner.role)
    if owner.is_use_due:
        uses.note(owner.key_id)
    member = Member(owner.user_id, owner.role, None, owner.scopes, is_limited)
    if owner.profile_id is None or owner.profile_role is None:
        return member
    return act_as(member, owner.profile_id, owner.profile_role)


async def create_key(tx: Tx, user_id: UserId, form: ApiKeyForm) -> CreatedApiKey:
    """Create a key, which is shown only once. Raises TooManyApiKeys and NotYourProfile."""
    require_future(form.expires_at, "expires_at", now())
    if not await queries.lock_owner(tx, user_id):
        # The access token is valid, but the account is gone.
        raise InvalidToken
    if await queries.count_keys(tx, user_id) >= rules.MAX_KEYS:
        raise TooManyApiKeys
    profile_id = None if form.profile_id == user_id else form.profile_id
    if profile_id is not None and not await shared_queries.lock_role(tx, profile_id, user_id):
        raise NotYourProfile
    key = rules.KEY_PREFIX + secrets.token_urlsafe(32)
    new = NewApiKey(
        id=ApiKeyId(new_id()),
        user_id=user_id,
        key_hash=rules.hash_of(key),
        prefix=key[: rules.PREFIX_LENGTH],
        form=structs.replace(form, profile_id=profile_id),
    )
    await emit(tx, SecurityNoticed(user_id, NoticeKind.KEY_CREATED))
    return CreatedApiKey(**structs.asdict(await queries.insert_key(tx, new)), key=key)


async def list_keys(conn: Conn, user_id: UserId) -> ApiKeyList:
    """Return a member's keys, including expired ones, newest first."""
    return ApiKeyList(await queries.list_keys(conn, user_id))


async def revoke_key(tx: Tx, user_id: UserId, key_id: ApiKeyId) -> None:
    """Revoke a key at once. Raises ApiKeyNotFound."""
    if not await queries.revoke_key(tx, key_id, user_id):
        raise ApiKeyNotFound
