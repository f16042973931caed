"""Discount codes: what a seller takes off the prices of their products for who knows a code.

Owns the tables `discounts`, `discount_products` and `discount_uses`.
"""
