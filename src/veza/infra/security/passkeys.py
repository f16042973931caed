"""Passkeys (WebAuthn level 3): check what the devices of members register and sign.

Options are made and challenges stored by the caller. Signature counters are returned and not
compared.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import cast

from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationConveyancePreference,
    AttestationObject,
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialRpEntity,
    RegistrationResponse,
    UserVerificationRequirement,
)
from msgspec import Struct

# ES256, Ed25519 and RS256: what all devices have one of.
ALGORITHMS = (-7, -8, -257)
# Enough for an RSA key of 4096 bits: larger ones would only cost time.
_MAX_KEY_BYTES = 700


class BadPasskey(Exception):
    """The response of a device is unreadable, badly signed, or not for this server."""


class NewPasskey(Struct, frozen=True):
    """The public half of a key that a device made. `public_key` is a COSE_Key."""

    credential_id: bytes
    public_key: bytes
    counter: int
    is_backed_up: bool


class Registered(Struct, frozen=True):
    """The response of a device to the registration of a key, in base64url."""

    client_data: str
    attestation: str


class Signed(Struct, frozen=True):
    """The response of a device to a challenge, in base64url."""

    client_data: str
    authenticator_data: str
    signature: str


class SignatureFacts(Struct, frozen=True):
    """The signed facts of a device: its signature counter and its backup state."""

    counter: int
    is_backed_up: bool


class RelyingParty:
    """The domain that keys belong to, and the origins of its pages.

    The user must have been verified by the device: with a PIN, a finger or a face.
    """

    def __init__(self, domain: str, name: str, origins: frozenset[str]) -> None:
        self.domain = domain
        self.name = name
        self.origins = origins
        self._server = Fido2Server(
            PublicKeyCredentialRpEntity(name=name, id=domain),
            # Nobody is asked which device they use.
            attestation=AttestationConveyancePreference.NONE,
            verify_origin=origins.__contains__,
        )

    def check_registration(self, challenge: bytes, sent: Registered) -> NewPasskey:
        """Return the key that was registered for a challenge. Raises BadPasskey."""
        with _reading():
            attestation = AttestationObject(decode(sent.attestation))
            held = attestation.auth_data.credential_data
            if held is None:
                raise BadPasskey("It has no key.")
            response = RegistrationResponse(
                raw_id=held.credential_id,
                response=AuthenticatorAttestationResponse(
                    client_data=_read_client_data(sent.client_data), attestation_object=attestation
                ),
            )
            facts = self._server.register_complete(_state(challenge), response)
            key = cbor.encode(dict(held.public_key))
        if held.public_key.ALGORITHM not in ALGORITHMS or len(key) > _MAX_KEY_BYTES:
            raise BadPasskey("Keys of this kind are not accepted.")
        return NewPasskey(held.credential_id, key, facts.counter, facts.is_backed_up())

    def check_signature(
        self, challenge: bytes, credential_id: bytes, public_key: bytes, sent: Signed
    ) -> SignatureFacts:
        """Return what a device says beside its signature of a challenge. Raises BadPasskey."""
        with _reading():
            key = CoseKey.parse(cast(Mapping[int, object], cbor.decode(public_key)))
            facts = AuthenticatorData(decode(sent.authenticator_data))
            response = AuthenticationResponse(
                raw_id=credential_id,
                response=AuthenticatorAssertionResponse(
                    client_data=_read_client_data(sent.client_data),
                    authenticator_data=facts,
                    signature=decode(sent.signature),
                ),
            )
            held = AttestedCredentialData.create(Aaguid.NONE, credential_id, key)
            self._server.authenticate_complete(_state(challenge), [held], response)
            return SignatureFacts(facts.counter, facts.is_backed_up())


def read_challenge(client_data: str) -> bytes:
    """Return the challenge that a device says it signed. Raises BadPasskey."""
    with _reading():
        return CollectedClientData(decode(client_data)).challenge


def encode(content: bytes) -> str:
    """Return bytes in base64url, as WebAuthn writes them in JSON."""
    return websafe_encode(content)


def decode(text: str) -> bytes:
    """Return the bytes of base64url. Raises BadPasskey."""
    with _reading():
        return websafe_decode(text)


@contextmanager
def _reading() -> Generator[None]:
    """Raise BadPasskey for whatever the library raises while it reads what anybody may have sent.

    Its parsers raise errors of many types, which it doesn't name.
    """
    try:
        yield
    except BadPasskey:
        raise
    except Exception as error:
        raise BadPasskey(str(error) or type(error).__name__) from error


def _read_client_data(text: str) -> CollectedClientData:
    client_data = CollectedClientData(decode(text))
    if client_data.cross_origin:
        raise BadPasskey("It was made in a frame of another site's page.")
    return client_data


def _state(challenge: bytes) -> dict[str, object]:
    """Return what the library keeps between options and answer."""
    return {
        "challenge": websafe_encode(challenge),
        "user_verification": UserVerificationRequirement.REQUIRED,
    }
