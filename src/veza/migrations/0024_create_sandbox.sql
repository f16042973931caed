-- The records of the simulated payment and payout providers.
create table sandbox_payments (
    id            text primary key check (length(id) between 1 and 64),
    amount_cents  bigint not null check (amount_cents > 0),
    currency      text not null check (currency ~ '^[A-Z]{3}$'),
    state         text not null default 'pending'
                  check (state in ('pending', 'succeeded', 'failed', 'cancelled')),
    client_secret text not null,
    reason        text,
    created_at    timestamptz not null default now()
);

create table sandbox_refunds (
    id           text primary key check (length(id) between 1 and 64),
    payment_id   text not null references sandbox_payments,
    amount_cents bigint not null check (amount_cents > 0),
    reason       text not null,
    created_at   timestamptz not null default now()
);

create index sandbox_refunds_payment_id on sandbox_refunds (payment_id);

-- Sellers' accounts, by the keys under which they were opened. A newer onboarding link replaces the
-- older one; a used one is deleted.
create table sandbox_accounts (
    ref             text primary key,
    key             text not null unique check (length(key) between 1 and 255),
    is_connected    boolean not null default false,
    -- The result of the next transfers to it.
    outcome         text not null default 'succeeded'
                    check (outcome in ('succeeded', 'failed', 'unavailable')),
    link_hash       bytea unique check (length(link_hash) = 32),
    link_expires_at timestamptz,
    return_url      text,
    created_at      timestamptz not null default now(),
    check ((link_hash is null) = (link_expires_at is null)),
    check ((link_hash is null) = (return_url is null))
);

-- No foreign key to the account: a transfer outlives the erased owner.
create table sandbox_transfers (
    ref            text primary key,
    key            text not null unique check (length(key) between 1 and 255),
    transfer_id    text not null,
    transfer_group text not null,
    account_ref    text not null,
    amount_cents   bigint not null check (amount_cents > 0),
    currency       text not null check (currency ~ '^[A-Z]{3}$'),
    reversed_cents bigint not null default 0,
    created_at     timestamptz not null default now(),
    check (reversed_cents between 0 and amount_cents)
);

create index sandbox_transfers_transfer_group on sandbox_transfers (transfer_group);
create index sandbox_transfers_account_ref on sandbox_transfers (account_ref);

create table sandbox_reversals (
    ref          text primary key,
    key          text not null unique check (length(key) between 1 and 255),
    transfer_ref text not null references sandbox_transfers,
    amount_cents bigint not null check (amount_cents > 0),
    created_at   timestamptz not null default now()
);

create index sandbox_reversals_transfer_ref on sandbox_reversals (transfer_ref);
