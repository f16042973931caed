-- An admin checked a flagged order and found nothing left to do; with the reason.
create table flag_clearances (
    id         uuid primary key,
    order_id   uuid not null references orders,
    -- Null after the admin's account was erased.
    cleared_by uuid references users on delete set null,
    reason     text not null check (length(reason) between 1 and 1000),
    created_at timestamptz not null default now()
);

create index flag_clearances_order_id on flag_clearances (order_id, created_at);
create index flag_clearances_cleared_by on flag_clearances (cleared_by)
    where cleared_by is not null;
