-- Services: what is agreed when they are sold, and what buyer and seller then send to each other.

-- What a service promises: days, revisions, and what its buyer has to answer (`ServiceTerms`).
-- Of a product of another type it is null, and of a line that was sold before.
alter table products
    add column service jsonb check (
        jsonb_typeof(service) = 'object'
        and (service->>'delivery_days')::integer between 1 and 90
        and (service->>'revisions')::integer between 0 and 10
        and length(service->>'questions') <= 2000
    );

update products
   set service = '{"delivery_days": 7, "revisions": 2, "questions": ""}'
 where type = 'service';

-- A line of a service is undelivered until its buyer has accepted what was made.
alter table order_items
    add column service jsonb check (jsonb_typeof(service) = 'object'),
    add constraint order_items_service_is_delivered_later
        check (service is null or (kind = 'product' and available_at is not null and not is_gift));

create index order_items_services on order_items (product_id, order_id)
    where service is not null;

-- The work on a service that was paid. Its id is that of the line of the order.
create table commissions (
    id              uuid primary key references order_items,
    order_id        uuid not null references orders,
    buyer_id        uuid references users on delete set null,
    seller_id       uuid references users on delete set null,
    status          text not null
                    check (status in ('brief', 'in_progress', 'delivered', 'disputed', 'accepted',
                                      'cancelled')),
    delivery_days   smallint not null check (delivery_days between 1 and 90),
    revisions       smallint not null check (revisions between 0 and 10),
    questions       text not null check (length(questions) <= 2000),
    revisions_used  smallint not null default 0 check (revisions_used between 0 and revisions),
    -- Until when the brief, the delivery, or the answer to a delivery is expected.
    due_at          timestamptz,
    -- The buyer would like to cancel while the seller works.
    is_cancel_asked boolean not null default false,
    was_disputed    boolean not null default false,
    created_at      timestamptz not null default now(),
    changed_at      timestamptz not null default now(),
    check ((due_at is not null) = (status in ('brief', 'in_progress', 'delivered'))),
    check (not is_cancel_asked or status = 'in_progress'),
    check (was_disputed or status <> 'disputed')
);

create index commissions_order_id on commissions (order_id);
create index commissions_buyer_id on commissions (buyer_id, id);
create index commissions_seller_id on commissions (seller_id, id);
create index commissions_due on commissions (status, due_at) where due_at is not null;
create index commissions_disputed on commissions (id) where was_disputed;

-- What happened to a commission, with what was said. Nobody's: it happened by itself.
create table commission_entries (
    id            uuid primary key,
    commission_id uuid not null references commissions,
    kind          text not null
                  check (kind in ('brief', 'message', 'delivery', 'revision', 'acceptance',
                                  'cancel_request', 'cancellation', 'dispute', 'decision',
                                  'refund')),
    party         text check (party in ('buyer', 'seller', 'staff')),
    -- Null once the author is erased, and their words are empty.
    author_id     uuid references users on delete set null,
    words         text not null check (length(words) <= 2000),
    created_at    timestamptz not null default now()
);

create index commission_entries_commission_id on commission_entries (commission_id, id);
create index commission_entries_author_id on commission_entries (author_id)
    where author_id is not null;

-- Files of entries, as they were when they were sent.
create table commission_files (
    snapshot_id uuid primary key references file_snapshots on delete cascade,
    entry_id    uuid not null references commission_entries,
    position    smallint not null,
    unique (entry_id, position)
);
