"""Products: what creators sell, the files that buyers get, and the list of products.

Owns the tables `products` and `product_files`, and `products/` in the storage.
Announces `ProductDeleted`. Knows no orders: `orders` locks what it sells and reports sales.
"""
