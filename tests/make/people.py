"""Makes people for tests, by the use cases of the application."""

from dataclasses import dataclass

from veza.app.services import Services
from veza.core.access import Member, Role, Scope, session_of
from veza.core.ids import IdentityId, PasskeyId, SessionId, UserId, new_id
from veza.core.signed_urls import UrlBuilder, UrlSigner
from veza.domains.auth.accounts.models import StoredUser
from veza.domains.auth.accounts.queries import insert_user
from veza.domains.auth.accounts.service import suspensions
from veza.domains.auth.api_keys import service as keys
from veza.domains.auth.api_keys.models import ApiKeyForm, CreatedApiKey
from veza.domains.auth.app_passwords import service as app_passwords
from veza.domains.auth.app_passwords.models import AppPasswordForm, CreatedAppPassword
from veza.domains.auth.passkeys.models import NewPasskeyRow
from veza.domains.auth.passkeys.queries import insert_passkey
from veza.domains.auth.sessions.models import AccessClaims, Device
from veza.domains.auth.sessions.queries import insert_session
from veza.domains.auth.sessions.rules import REFRESH_LIFETIME
from veza.infra.postgres.database import Tx

NO_LINKS = UrlBuilder("", UrlSigner(b"", ""), 0)

PASSWORD = "a long enough sentence"

# Argon2id of nothing that anybody knows: members of tests sign in by token.
_NO_PASSWORD = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"


@dataclass(frozen=True)
class Person:
    """A member with a session: `headers` sign a request."""

    member: Member
    username: str
    token: str

    @property
    def id(self) -> UserId:
        return self.member.id

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def shown(person: Person) -> dict[str, object]:
    """Return how answers show a member who chose neither a name nor a picture."""
    name = person.username
    return {
        "id": str(person.id),
        "username": name,
        "display_name": name,
        "handle": name,
        "avatar_url": None,
    }


async def person(services: Services, role: Role = Role.USER, username: str | None = None) -> Person:
    """Make a member, committed, with a session."""
    async with services.database.transaction() as tx:
        member, name = await member_in(tx, role, username)
    claims = AccessClaims(member.id, session_of(member), role)
    return Person(member, name, services.session_tokens.tokens.sign(claims))


async def member_in(
    tx: Tx, role: Role = Role.USER, username: str | None = None
) -> tuple[Member, str]:
    """Make a member with a session inside a transaction."""
    user_id = UserId(new_id())
    name = username or f"m{user_id.hex[-20:]}"
    await insert_user(tx, StoredUser(user_id, name, f"{name}@example.com", role, _NO_PASSWORD))
    return Member(user_id, role, await session_in(tx, user_id)), name


async def session_in(tx: Tx, user_id: UserId) -> SessionId:
    """Make a session of a member."""
    session_id = SessionId(new_id())
    device = Device("test", "127.0.0.1")
    await insert_session(tx, session_id, user_id, device, lifetime=REFRESH_LIFETIME)
    return session_id


async def key_in(tx: Tx, user_id: UserId, *scopes: Scope) -> CreatedApiKey:
    """Make an API key of a member; without scopes it has all."""
    return await keys.create_key(tx, user_id, ApiKeyForm("A test", list(scopes or Scope)))


async def key_headers(services: Services, person: Person, *scopes: Scope) -> dict[str, str]:
    """Make an API key, committed; give what signs a request with it."""
    async with services.database.transaction() as tx:
        key = await key_in(tx, person.id, *scopes)
    return {"X-API-Key": key.key}


async def app_password_in(services: Services, tx: Tx, user_id: UserId) -> CreatedAppPassword:
    """Make an app password of a member."""
    encryptor = services.app_passwords.encryptor
    return await app_passwords.create_password(tx, encryptor, user_id, AppPasswordForm("A phone"))


async def passkey_in(tx: Tx, user_id: UserId) -> PasskeyId:
    """Make a passkey that no device has."""
    passkey_id = PasskeyId(new_id())
    row = NewPasskeyRow(passkey_id, user_id, passkey_id.bytes, b"\xa0", "Phone", 0, False)
    assert await insert_passkey(tx, row)
    return passkey_id


async def app_password(services: Services, owner: Person) -> str:
    """Make an app password, committed; give the password."""
    async with services.database.transaction() as tx:
        return (await app_password_in(services, tx, owner.id)).app_password


async def identity(tx: Tx, user_id: UserId) -> IdentityId:
    """Make an identity of a member at a provider."""
    identity_id = IdentityId(new_id())
    sql = """
        insert into identities (id, user_id, issuer, subject, label)
             values ($1, $2, 'https://id.example', $3, 'Somebody')
    """
    await tx.run(sql, identity_id, user_id, str(user_id))
    return identity_id


async def suspended(services: Services, someone: Person, reason: str = "Enough.") -> None:
    """Suspend somebody, committed."""
    async with services.database.transaction() as tx:
        await suspensions.suspend(tx, someone.id, reason)


async def unsuspended(services: Services, someone: Person) -> None:
    """Undo it, committed."""
    async with services.database.transaction() as tx:
        await suspensions.lift_suspension(tx, someone.id)
