"""The shop of `purchases`: a till at a provider of our own."""

from tests.domains.marketplace.purchases.conftest import company, shop, till

__all__ = ["company", "shop", "till"]
