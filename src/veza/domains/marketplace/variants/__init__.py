"""Variants of products: licences of beats and stems, each with its files, terms and price.

Owns the tables `product_variants` and `product_variant_files`. `products` keeps the price of the
cheapest variant; `orders` keeps variants as they were sold.
"""
