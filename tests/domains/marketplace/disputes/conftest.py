"""Fixtures of `orders`: a shop with a fake payment provider."""

from tests.domains.marketplace.orders.conftest import company, context, shop

__all__ = ["company", "context", "shop"]
