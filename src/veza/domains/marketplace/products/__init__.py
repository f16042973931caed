"""Products: their files, ratings and public listings.

Owns the tables `products`, `product_count_changes` and `product_files`, and `products/` in the
storage. Emits `ProductDeleted`. Does not access orders: `orders` locks products and reports sales.
"""
