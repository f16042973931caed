"""Bundles: products of a seller that are bought together for less, without those a buyer owns.

Owns the tables `bundles` and `bundle_products`. A bundle is no product: it is bought by an order of
its products, whose lines are reduced.
"""
