"""The errors of payment and payout providers."""

from veza.core.errors import Unavailable


class ProviderUnavailable(Unavailable):
    """The provider is unavailable; the request may or may not have been processed."""

    code = "provider_unavailable"
    message = "The payment provider doesn't answer at the moment: try again soon."


class ProviderRefused(Exception):
    """The provider refused the request and changed nothing; the text gives the reason.

    `is_passing` if the same request may succeed later, for example when a balance is too low.
    """

    def __init__(self, reason: str, *, is_passing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_passing = is_passing


def write_reason(code: str | None, message: str | None) -> str | None:
    """Return a provider's reason as `code: message`; what is missing is left out.

    The code comes first, so that the application can say it in other languages.
    """
    return ": ".join(filter(None, (code, message))) or None
