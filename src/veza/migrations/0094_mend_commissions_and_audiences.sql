-- What a party of a commission wrote can be taken down: the other one does not see it then.
alter table commission_entries add column is_taken_down boolean not null default false;

-- No statement looks for the lines of a service by its product.
drop index order_items_services;
