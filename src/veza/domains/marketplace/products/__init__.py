"""Products: their files, ratings and public listings.

Owns the tables `products`, `product_files` and `product_search`, and `products/` in the storage.
Emits `ProductDeleted`. Does not access orders: `orders` locks products and reports sales.
"""
