"""Products: what creators sell, the files that buyers get, and the list in which it is found.

Owns the tables `products` and `product_files`, and in the storage all below
`products/`. Announces `ProductDeleted`. Never knows an order: `orders` locks what it sells, and
tells how often it was sold.
"""
