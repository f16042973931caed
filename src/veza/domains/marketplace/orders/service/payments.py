"""Cancel the payments of orders at their providers."""

from veza.infra.payments.errors import ProviderRefused
from veza.infra.payments.provider import Payment, PaymentProvider


async def cancel_payment(provider: PaymentProvider, ref: str) -> Payment | None:
    """Cancel a payment unless it has ended; return it, or None if it does not exist.

    Raises ProviderUnavailable.
    """
    try:
        return await provider.cancel_payment(ref)
    except ProviderRefused:
        # It does not exist, or has been paid or failed meanwhile.
        return await provider.find_payment(ref)
