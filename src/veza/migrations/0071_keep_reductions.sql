-- What is taken off the prices of products, and why.

-- The price of a line was this much more.
alter table order_items
    add column reduced_cents bigint not null default 0 check (reduced_cents >= 0);

-- The reductions of a line, in the order in which they apply, frozen with it.
create table order_item_reductions (
    item_id      uuid not null references order_items,
    position     integer not null check (position >= 1),
    cause        text not null check (cause in ('bundle', 'code')),
    -- The bundle or the discount, which may be deleted later.
    reference_id uuid not null,
    label        text not null check (length(label) between 1 and 200),
    amount_cents bigint not null check (amount_cents > 0),
    primary key (item_id, position)
);
