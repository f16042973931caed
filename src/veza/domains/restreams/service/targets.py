"""Owners name the servers to which their streams are sent, and switch them on and off."""

from collections.abc import Collection

from msgspec import UNSET, Struct

from veza.core.access import Member
from veza.core.errors import Unauthenticated, required
from veza.core.ids import RestreamTargetId, new_id
from veza.domains.live.service.context import LiveContext
from veza.domains.live.service.stored_states import ensure_may_stream
from veza.domains.restreams import errors, rules
from veza.domains.restreams.models import (
    RestreamTarget,
    RestreamTargetChange,
    RestreamTargetForm,
    RestreamTargets,
    SealedTargetKey,
)
from veza.domains.restreams.queries import targets as queries
from veza.infra.postgres.database import Conn, Tx
from veza.infra.security.encryption import Encrypted, Encryptor
from veza.infra.security.sealed_secrets import SealedSecrets


class RestreamSettings(Struct, frozen=True):
    """The maximum number of transmissions at once (0: none), and private hosts that are allowed."""

    at_once: int
    trusted: Collection[str]


class RestreamContext(Struct, frozen=True):
    """The settings, and what encrypts keys and says who may go live."""

    settings: RestreamSettings
    live: LiveContext


async def list_targets(conn: Conn, context: RestreamContext, owner: Member) -> RestreamTargets:
    """Return the targets of the caller, with what each gets of the stream on air."""
    ensure_may_stream(context.live, owner)
    found = await queries.list_targets(conn, owner.id)
    return RestreamTargets([rules.show(each) for each in found], context.settings.at_once > 0)


async def add_target(
    tx: Tx, context: RestreamContext, owner: Member, form: RestreamTargetForm
) -> RestreamTarget:
    """Add a target. Raises TooManyRestreamTargets, RestreamsOff, MayNotStream and Invalid."""
    ensure_may_stream(context.live, owner)
    if context.settings.at_once == 0:
        raise errors.RestreamsOff
    details = rules.clean_form(form, context.settings.trusted)
    key = rules.clean_key(form.key)
    if not await queries.lock_owner(tx, owner.id):
        raise Unauthenticated
    if await queries.count_targets(tx, owner.id) >= rules.MAX_TARGETS:
        raise errors.TooManyRestreamTargets
    target_id = RestreamTargetId(new_id())
    sealed = _seal(context.live.encryptor, target_id, key)
    await queries.insert_target(tx, owner.id, sealed, details)
    return await _get(tx, target_id, owner)


async def change_target(
    tx: Tx,
    context: RestreamContext,
    target_id: RestreamTargetId,
    owner: Member,
    change: RestreamTargetChange,
) -> RestreamTarget:
    """Change a target; what failed is tried again. Raises RestreamTargetNotFound and Invalid."""
    ensure_may_stream(context.live, owner)
    found = await queries.lock_target(tx, target_id, owner.id)
    stored = required(found, errors.RestreamTargetNotFound)
    details = rules.apply_change(stored, change, context.settings.trusted)
    if change.key is not UNSET:
        key = rules.clean_key(change.key)
        await queries.update_key(tx, _seal(context.live.encryptor, target_id, key))
    await queries.update_target(tx, target_id, details)
    return await _get(tx, target_id, owner)


async def delete_target(tx: Tx, target_id: RestreamTargetId, owner: Member) -> None:
    """Delete a target, whether or not something is sent to it. Raises RestreamTargetNotFound."""
    if not await queries.delete_target(tx, target_id, owner.id):
        raise errors.RestreamTargetNotFound


def open_key(encryptor: Encryptor, key: SealedTargetKey) -> str:
    """Return a key as it was entered. Raises DecryptionFailed."""
    sealed = Encrypted(key.sealed, key.sealed_with)
    return encryptor.decrypt(sealed, rules.key_context(key.id))


def _seal(encryptor: Encryptor, target_id: RestreamTargetId, key: str) -> SealedTargetKey:
    sealed = encryptor.encrypt(key, rules.key_context(target_id))
    return SealedTargetKey(target_id, sealed.content, sealed.number)


async def _get(tx: Tx, target_id: RestreamTargetId, owner: Member) -> RestreamTarget:
    found = await queries.find_target(tx, target_id, owner.id)
    return rules.show(required(found, errors.RestreamTargetNotFound))


SEALED_TARGET_KEYS = SealedSecrets(queries.FIND_OUTDATED, queries.UPDATE_SEAL, rules.key_context)
