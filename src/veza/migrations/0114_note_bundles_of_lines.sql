-- The bundle that a line was bought in, also where it made the line no cheaper; it may be deleted
-- later. Lines of before have it in their reductions alone.
alter table order_items
    add column bundle_id uuid,
    add constraint order_items_bundle_of_product check (bundle_id is null or kind = 'product');
