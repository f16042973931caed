"""Counters of passkeys must rise or stay 0; challenges last five minutes."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from veza.core.ids import UserId
from veza.domains.auth.passkeys.models import (
    CredentialDescriptor,
    KeyParameters,
    PasskeyCreationOptions,
    PasskeyEntity,
    PasskeyOwner,
    PasskeyRequestOptions,
)

MAX_PASSKEYS = 10

CHALLENGE_BYTES = 32
CHALLENGE_LIFETIME = timedelta(minutes=5)
_LIFETIME_MS = int(CHALLENGE_LIFETIME.total_seconds() * 1000)
# Of a member and a purpose the newest are kept.
MAX_CHALLENGES = 5
# So many sign-ins may be begun by a network while their challenges live: each page for signing in
# begins one, and many people may share a network.
MAX_SIGN_INS_OF_NETWORK = 300


def has_risen(stored: int, sent: int) -> bool:
    """Return whether a signature counter is as it must be: risen, or always 0 (WebAuthn, 7.2)."""
    return sent > stored or (sent == 0 and stored == 0)


def hash_of_challenge(challenge: bytes) -> bytes:
    """Return the stored form of a challenge. With 256 random bits a plain hash is enough."""
    return hashlib.sha256(challenge).digest()


def network_key(network: str) -> str:
    """Return the key that counts the sign-ins which a network begins."""
    return f"passkey-begun:{network}"


def describe_creation(
    entity: PasskeyEntity,
    owner: PasskeyOwner,
    *,
    challenge: str,
    algorithms: Sequence[int],
    excluded: Sequence[str],
) -> PasskeyCreationOptions:
    """Return options for a new passkey, on none of the devices that have one already."""
    return PasskeyCreationOptions(
        rp=entity,
        user=owner,
        challenge=challenge,
        pub_key_cred_params=[KeyParameters(number) for number in algorithms],
        timeout=_LIFETIME_MS,
        exclude_credentials=[CredentialDescriptor(each) for each in excluded],
    )


def describe_request(
    domain: str, *, challenge: str, allowed: Sequence[str]
) -> PasskeyRequestOptions:
    """Return options for a proof with a passkey; with none named, the device offers its own."""
    return PasskeyRequestOptions(
        challenge=challenge,
        timeout=_LIFETIME_MS,
        rp_id=domain,
        allow_credentials=[CredentialDescriptor(each) for each in allowed],
    )


def is_owner(user_handle: bytes, user_id: UserId) -> bool:
    """Return whether a device keeps a passkey for this member."""
    return user_handle == user_id.bytes
