"""Products: what creators sell, the files that buyers get, and the list of products.

Owns the tables `products`, `product_files` and `product_uploads`, and `products/` in the storage.
Announces `ProductDeleted`. Knows no orders: `orders` locks what it sells and reports sales.
"""
