"""Passkeys and challenges; camel case is that of WebAuthn (level 3, 5.1), as in browsers."""

from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Annotated

from msgspec import Meta, Struct, field

from veza.core.ids import PasskeyId, UserId

_BASE64URL = r"^[A-Za-z0-9_-]+$(?!\n)"

CredentialIdText = Annotated[
    str,
    Meta(
        pattern=_BASE64URL,
        max_length=1364,
        description="In base64url.",
        examples=["AbTq4h2VfJv1o3Lz0n8m5w"],
    ),
]
ClientDataText = Annotated[
    str,
    Meta(
        pattern=_BASE64URL,
        max_length=8192,
        description="In base64url.",
        examples=["eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0"],
    ),
]
SignatureText = Annotated[str, Meta(pattern=_BASE64URL, max_length=4096, examples=["MEUCIQDx"])]
AttestationText = Annotated[
    str, Meta(pattern=_BASE64URL, max_length=32_768, examples=["o2NmbXRkbm9uZQ"])
]
PasskeyName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=60,
        pattern=r"\S",
        description="By which you tell it from others.",
        examples=["My phone"],
    ),
]


class PasskeyPurpose(StrEnum):
    """The purpose of a challenge. Its answer is accepted for no other."""

    REGISTER = "register"
    SIGN_IN = "sign_in"
    SECOND_FACTOR = "second_factor"
    STEP_UP = "step_up"


class ExpectedChallenge(Struct, frozen=True):
    """The purpose that a challenge is bound to, and the member and the login where known."""

    purpose: PasskeyPurpose
    user_id: UserId | None = None
    login_hash: bytes | None = None


class PasskeyEntity(Struct, frozen=True, rename="camel"):
    """This server, as a device shows it."""

    id: str
    name: str


class PasskeyOwner(Struct, frozen=True, rename="camel"):
    """The member, as a device shows them; `id` is in base64url."""

    id: str
    name: str
    display_name: str


class KeyParameters(Struct, frozen=True, rename="camel"):
    """A kind of keys that is accepted, by its number in COSE."""

    alg: int
    type: str = "public-key"


class CredentialDescriptor(Struct, frozen=True, rename="camel"):
    """A passkey of the member, by its id in base64url."""

    id: str
    type: str = "public-key"


class AuthenticatorSelection(Struct, frozen=True, rename="camel"):
    """Requirements on the device: a discoverable key, and verification of its user."""

    resident_key: str = "required"
    require_resident_key: bool = True
    user_verification: str = "required"


class PasskeyCreationOptions(Struct, frozen=True, rename="camel", kw_only=True):
    """For `navigator.credentials.create`, by `PublicKeyCredential.parseCreationOptionsFromJSON`.

    `timeout` is in milliseconds: the challenge is valid as long.
    """

    rp: PasskeyEntity
    user: PasskeyOwner
    challenge: str
    pub_key_cred_params: list[KeyParameters]
    timeout: int
    exclude_credentials: list[CredentialDescriptor]
    authenticator_selection: AuthenticatorSelection = AuthenticatorSelection()
    attestation: str = "none"


class PasskeyRequestOptions(Struct, frozen=True, rename="camel", kw_only=True):
    """For `navigator.credentials.get`, by `PublicKeyCredential.parseRequestOptionsFromJSON`.

    `timeout` is in milliseconds: the challenge is valid as long.
    """

    challenge: str
    timeout: int
    rp_id: str
    allow_credentials: list[CredentialDescriptor]
    user_verification: str = "required"


class AttestationResponse(Struct, frozen=True):
    """The response of a device that made a key."""

    client_data_json: ClientDataText = field(name="clientDataJSON")
    attestation_object: AttestationText = field(name="attestationObject")


class AssertionResponse(Struct, frozen=True):
    """The response of a device that signed a challenge."""

    client_data_json: ClientDataText = field(name="clientDataJSON")
    authenticator_data: SignatureText = field(name="authenticatorData")
    signature: SignatureText
    user_handle: CredentialIdText | None = field(name="userHandle", default=None)


class MadePasskey(Struct, frozen=True):
    """A new passkey as `PublicKeyCredential.toJSON()` writes it. Other fields are ignored."""

    response: AttestationResponse


class PasskeyAnswer(Struct, frozen=True):
    """The answer of a passkey as `PublicKeyCredential.toJSON()` writes it.

    Other fields are ignored.
    """

    id: CredentialIdText
    response: AssertionResponse


class PasskeyForm(Struct, frozen=True):
    """A new passkey, and its name."""

    name: PasskeyName
    credential: MadePasskey


class PasskeyRename(Struct, frozen=True):
    """The new name of a passkey."""

    name: PasskeyName


class PasskeyLogin(Struct, frozen=True):
    """A passkey that signs in alone."""

    credential: PasskeyAnswer


class Passkey(Struct, frozen=True):
    """A passkey of a member. `is_backed_up`: their other devices have it, too."""

    id: PasskeyId
    name: str
    is_backed_up: bool
    created_at: datetime
    last_used_at: datetime | None


class StoredPasskey(Struct, frozen=True):
    """A passkey with its public key. Never shown."""

    id: PasskeyId
    user_id: UserId
    credential_id: bytes
    public_key: bytes


class NewPasskeyRow(Struct, frozen=True):
    """The row of a new passkey."""

    id: PasskeyId
    user_id: UserId
    credential_id: bytes
    public_key: bytes
    name: str
    counter: int
    is_backed_up: bool


class CheckedPasskey(Struct, frozen=True):
    """A passkey whose signature is right, and what its device says of it. Never shown."""

    id: PasskeyId
    user_id: UserId
    counter: int
    is_backed_up: bool


class PasskeyUse(Enum):
    """The outcome of a valid signature."""

    ACCEPTED = auto()
    # The passkey was removed meanwhile.
    GONE = auto()
    # Its counter did not rise: somebody may have a copy of it.
    COPIED = auto()
