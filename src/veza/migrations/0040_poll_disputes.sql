-- All disputes of a provider that began before this time are known.
create table dispute_polls (
    provider     text primary key check (length(provider) between 1 and 40),
    polled_until timestamptz not null
);

-- When the provider was last asked for the status of an open dispute.
create table dispute_checks (
    dispute_id uuid primary key references order_disputes,
    checked_at timestamptz not null
);

create index order_disputes_unsettled on order_disputes (created_at)
    where status = 'open' or (status = 'lost' and amount_cents is null);
