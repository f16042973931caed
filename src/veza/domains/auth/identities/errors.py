"""Refusals of identities: no account, an address or identity of another, the last way in."""

from veza.core.errors import Conflict, Forbidden, NotFound, Unauthenticated


class ProviderNotFound(NotFound):
    """No such provider is configured."""

    code = "provider_not_found"
    message = "This server has no such sign-in service."


class AttemptOver(Unauthenticated):
    """The sign-in was not begun by this browser, is used, or took more than ten minutes."""

    code = "attempt_over"
    message = "This sign-in took too long, or was begun elsewhere: start again."


class SignInDenied(Unauthenticated):
    """The provider, or the person there, did not agree."""

    code = "sign_in_denied"
    message = "The sign-in was cancelled or refused by the sign-in service."


class NoAccount(Forbidden):
    """Nobody has linked the identity, and the provider creates no accounts."""

    code = "no_account"
    message = "No account is linked to this sign-in: sign in another way, then link it in settings."


class NoAddress(Forbidden):
    """The provider names no e-mail address that can be used, so no account can be created."""

    code = "no_address"
    message = "The sign-in service gave no usable e-mail address: sign up another way."


class AddressInUse(Conflict):
    """Another account has the address. It is never linked by its address."""

    code = "address_in_use"
    message = (
        "An account has your e-mail address already: sign in to it another way, then link this "
        "sign-in in settings."
    )


class IdentityTaken(Conflict):
    """The identity is linked to another account, or the account to another identity there."""

    code = "identity_taken"
    message = "This sign-in is linked to another account, or yours to another one there."


class IdentityNotFound(NotFound):
    """The member has no such identity."""

    code = "identity_not_found"
    message = "You have no such linked sign-in."


class LastWayIn(Conflict):
    """Without the identity or passkey the member could not sign in any more."""

    code = "last_way_in"
    message = (
        "This is your only way to sign in: first set a password, create a passkey, or link another "
        "sign-in."
    )
