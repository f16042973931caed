"""Prices of carts: list prices of products, and reductions by bundles and codes.

Owns no table: an order keeps the prices that it was placed at.
"""
