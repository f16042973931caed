"""Refuses unknown, expired and revoked API keys, and more than the maximum."""

from veza.core.errors import Conflict, NotFound, Unauthenticated


class InvalidApiKey(Unauthenticated):
    """The key is unknown, expired or revoked, or its member is suspended."""

    code = "invalid_api_key"
    message = "The API key is not valid: it may have expired or been revoked."


class TooManyApiKeys(Conflict):
    """The member has the maximum number of keys."""

    code = "too_many_keys"
    message = "You have 100 API keys: revoke one first."


class ApiKeyNotFound(NotFound):
    """The member has no such key."""

    code = "api_key_not_found"
    message = "There is no such API key."
