"""The products of a bundle are its seller's, and only bundles of chosen products list some."""

INVARIANTS = {
    "the products of a bundle are its seller's, and those that it lists": """
        select 'bundle ' || b.id as "where", false as is_under_way
          from bundles b
          join bundle_products n on n.bundle_id = b.id
          join products p on p.id = n.product_id
         where b.contents <> 'products' or p.seller_id is distinct from b.seller_id
    """,
}
