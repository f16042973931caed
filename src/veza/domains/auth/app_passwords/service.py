"""Admits players by an app password or token; counts wrong ones by network and member."""

import time
from contextlib import suppress

from msgspec import Struct, structs

from veza.core.access import Member, Role, act_as
from veza.core.errors import Unauthenticated, required
from veza.core.ids import AppPasswordId, UserId, new_id
from veza.core.normalize import require_line
from veza.core.profiles import NotYourProfile
from veza.core.step_up import FactorsRequired
from veza.domains.auth.api_keys.shared_queries import lock_role
from veza.domains.auth.app_passwords import queries, rules
from veza.domains.auth.app_passwords.errors import (
    AppPasswordNotFound,
    TooManyAppPasswords,
    TooManyWrongAppPasswords,
    WrongAppPassword,
)
from veza.domains.auth.app_passwords.models import (
    AppCredentials,
    AppPasswordForm,
    AppPasswordList,
    AppPasswordOwner,
    CreatedAppPassword,
    NewAppPassword,
    SaltedToken,
    StoredAppPassword,
)
from veza.domains.auth.factors.service.overview import FactorContext, must_enrol
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.auth.sessions.models import NoticeKind
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.security.encryption import DecryptionFailed, Encrypted, Encryptor
from veza.infra.security.login_throttle import LoginThrottle
from veza.infra.security.sealed_secrets import SealedSecrets

# For how long a network that sent a right password isn't limited for that member.
_TRUSTED_S = 24 * 3600
_MAX_TRUSTED = 10_000


class _Entrant(Struct, frozen=True):
    owner: AppPasswordOwner
    # They have to set up a second factor first, and their sessions may do nothing else.
    may_only_enrol: bool


class AppPasswords:
    """Authenticates players, and limits wrong app passwords by network and member.

    A network that sent a right password of a member isn't limited for that member, so that a device
    with a revoked password doesn't stop the others at home. A password has 118 bits: the limit
    keeps away load rather than guesses.
    """

    def __init__(self, database: Database, factors: FactorContext, attempts: LoginThrottle) -> None:
        self.database = database
        self.encryptor = factors.encryptor
        self._factors = factors
        self._attempts = attempts
        self._trusted: dict[str, float] = {}

    async def authenticate(self, given: AppCredentials) -> tuple[Member, str]:
        """Return whose app password was sent, as its profile if it has one, and their name.

        Raises WrongAppPassword, TooManyWrongAppPasswords, and FactorsRequired.
        """
        key = rules.throttle_key(given.network, given.username)
        if self._trusted.get(key, 0) > time.monotonic():
            return await self._enter(required(await self._find_owner(given), WrongAppPassword))
        async with self._attempts.attempt(key, TooManyWrongAppPasswords) as attempt:
            entrant = await self._find_owner(given)
            if entrant is None:
                attempt.fail()
            else:
                attempt.clear()
                self._trust(key)
        return await self._enter(required(entrant, WrongAppPassword))

    async def _find_owner(self, given: AppCredentials) -> _Entrant | None:
        async with self.database.read() as conn:
            owner = await self._find_by_proof(conn, given)
            if owner is None:
                return None
            is_limited = await must_enrol(conn, self._factors, owner.user_id, owner.role)
        return _Entrant(owner, is_limited)

    async def _find_by_proof(self, conn: Conn, given: AppCredentials) -> AppPasswordOwner | None:
        if isinstance(given.proof, SaltedToken):
            return await self._find_by_token(conn, given.username or "", given.proof)
        if not rules.looks_like_password(given.proof):
            return None
        owner = await queries.find_owner(conn, rules.hash_of(given.proof))
        if owner is None or given.username is None:
            return owner
        return owner if owner.username.casefold() == given.username.casefold() else None

    async def _find_by_token(
        self, conn: Conn, username: str, token: SaltedToken
    ) -> AppPasswordOwner | None:
        if not rules.is_well_formed(token) or not rules.may_be_username(username):
            return None
        for stored in await queries.list_sealed(conn, username):
            password = _open(self.encryptor, stored.password_id, stored)
            if password is not None and rules.is_token_of(password, token):
                return stored
        return None

    async def _enter(self, entrant: _Entrant) -> tuple[Member, str]:
        if entrant.may_only_enrol:
            raise FactorsRequired
        owner = entrant.owner
        if owner.is_use_due:
            async with self.database.transaction(recorded=False) as tx:
                await queries.update_used(tx, owner.password_id)
        # Players are for listening: the rights of staff don't count there.
        role = Role.CREATOR if owner.role is Role.CREATOR else Role.USER
        member = Member(owner.user_id, role, None)
        if owner.profile_id is not None and owner.profile_role is not None:
            member = act_as(member, owner.profile_id, owner.profile_role)
        return member, owner.username

    def _trust(self, key: str) -> None:
        # Moved to the end: the latest are kept.
        self._trusted.pop(key, None)
        self._trusted[key] = time.monotonic() + _TRUSTED_S
        if len(self._trusted) > _MAX_TRUSTED:
            self._trusted = dict(list(self._trusted.items())[_MAX_TRUSTED // 2 :])


async def create_password(
    tx: Tx, encryptor: Encryptor, user_id: UserId, form: AppPasswordForm
) -> CreatedAppPassword:
    """Create an app password, which is shown only once.

    Raises TooManyAppPasswords and NotYourProfile.
    """
    name = require_line(form.name, "name", "Enter a name: it can't be blank.")
    if not await queries.lock_owner(tx, user_id):
        # The access token is valid, but the account is gone.
        raise Unauthenticated
    if await queries.count_passwords(tx, user_id) >= rules.MAX_APP_PASSWORDS:
        raise TooManyAppPasswords
    profile_id = None if form.profile_id == user_id else form.profile_id
    if profile_id is not None and not await lock_role(tx, profile_id, user_id):
        raise NotYourProfile
    password = rules.generate_password()
    password_id = AppPasswordId(new_id())
    sealed = encryptor.encrypt(password, rules.seal_context(password_id))
    new = NewAppPassword(
        id=password_id,
        user_id=user_id,
        name=name,
        password_hash=rules.hash_of(password),
        sealed=sealed.content,
        sealed_with=sealed.number,
        profile_id=profile_id,
    )
    created = await queries.insert_password(tx, new)
    await emit(tx, SecurityNoticed(user_id, NoticeKind.KEY_CREATED))
    return CreatedAppPassword(**structs.asdict(created), app_password=password)


async def list_passwords(conn: Conn, user_id: UserId) -> AppPasswordList:
    """Return a member's app passwords, newest first."""
    return AppPasswordList(await queries.list_passwords(conn, user_id))


async def revoke_password(tx: Tx, user_id: UserId, password_id: AppPasswordId) -> None:
    """Revoke an app password at once. Raises AppPasswordNotFound."""
    if not await queries.delete_password(tx, password_id, user_id):
        raise AppPasswordNotFound


def _open(
    encryptor: Encryptor, password_id: AppPasswordId, stored: StoredAppPassword
) -> str | None:
    """Return an app password; None if its encryption key is lost."""
    with suppress(DecryptionFailed):
        encrypted = Encrypted(stored.sealed, stored.sealed_with)
        return encryptor.decrypt(encrypted, rules.seal_context(password_id))
    return None


SEALED_PASSWORDS = SealedSecrets(queries.FIND_OUTDATED, queries.UPDATE_SEAL, rules.seal_context)
