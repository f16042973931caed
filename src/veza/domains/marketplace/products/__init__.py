"""Products: their files, ratings and public listings.

Owns the tables `products`, `product_count_changes`, `product_files`, `product_prices` and
`product_search`, and `products/` in the storage. Emits `ProductCreated`. Does not access orders:
`orders` locks products and reports sales.
"""
