"""Fixtures of `orders`: a shop with a fake payment provider."""

from tests.domains.marketplace.orders.conftest import context, provider, shop

__all__ = ["context", "provider", "shop"]
