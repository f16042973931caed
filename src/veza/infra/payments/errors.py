"""How a company that moves money for us fails: there are two ways, and they are told apart."""

from veza.core.errors import Unavailable


class ProviderUnavailable(Unavailable):
    """The company doesn't answer, or not now: what was asked may have been done or not."""

    code = "provider_unavailable"
    message = "The payment provider doesn't answer at the moment: try again soon."


class ProviderRefused(Exception):
    """The company refused, and did nothing; the text says why.

    `is_passing` where the same may be granted later, such as when a balance is too low.
    """

    def __init__(self, reason: str, *, is_passing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_passing = is_passing
