-- The payment of a seller for an order. Each row is paid by the provider at most once; if more
-- becomes due later, there is another part.
create table transfers (
    id                 uuid primary key,
    order_id           uuid not null references orders,
    seller_id          uuid references users on delete set null,
    seller_subject     uuid not null,
    part               integer not null default 1 check (part > 0),
    -- The provider that received the buyer's payment.
    payment_provider   text not null check (length(payment_provider) between 1 and 40),
    -- The account that is paid, set when the provider is first called.
    provider           text check (length(provider) between 1 and 40),
    account_ref        text check (length(account_ref) between 1 and 255),
    due_cents          bigint not null check (due_cents >= 0),
    -- Settled without the provider: withheld for a debt of the seller; negative: owed by the
    -- seller.
    withheld_cents       bigint not null default 0,
    amount_cents       bigint check (amount_cents >= 0),
    reversed_cents     bigint not null default 0,
    platform_fee_cents bigint not null check (platform_fee_cents >= 0),
    currency           text not null check (currency ~ '^[A-Z]{3}$'),
    status             text not null default 'pending'
                       check (status in ('pending', 'processing', 'completed', 'failed', 'reversed')),
    -- The number in the idempotency key of the next call, or of the call that is unanswered.
    key_number         integer not null default 1 check (key_number > 0),
    key_used_at        timestamptz,
    provider_ref       text check (length(provider_ref) between 1 and 200),
    tries              integer not null default 0 check (tries >= 0),
    retry_count        integer not null default 0 check (retry_count >= 0),
    -- The last processed retry of an admin: sent twice, it is processed once.
    retry_id           uuid,
    -- Not processed before this time: a call may be in progress.
    next_retry_at      timestamptz default now(),
    reason             text check (length(reason) between 1 and 1000),
    created_at         timestamptz not null default now(),
    completed_at       timestamptz,
    unique (order_id, seller_subject, part),
    unique (provider, provider_ref),
    check ((provider is null) = (account_ref is null)),
    check (key_used_at is null or (provider is not null and amount_cents > 0)),
    check (provider_ref is null or (amount_cents > 0 and key_used_at is null)),
    check (reversed_cents between 0 and case when provider_ref is null then 0
                                             else amount_cents end),
    check ((status = 'reversed') = (provider_ref is not null and reversed_cents = amount_cents))
);

create index transfers_created_at on transfers (created_at, id);
create index transfers_status on transfers (status, created_at, id);
create index transfers_seller_id on transfers (seller_id, created_at, id);
create index transfers_next_retry_at on transfers (next_retry_at) where next_retry_at is not null;
-- For the debt of a seller, and their pending transfers.
create index transfers_withheld on transfers (seller_subject, currency) where withheld_cents <> 0;
create index transfers_under_way on transfers (seller_subject, currency)
    where key_used_at is not null;

-- Reversals of transfers: at most one is pending per transfer.
create table transfer_reversals (
    id           uuid primary key,
    transfer_id  uuid not null references transfers,
    amount_cents bigint not null check (amount_cents > 0),
    status       text not null check (status in ('pending', 'processing', 'completed', 'failed')),
    key_number   integer not null default 1 check (key_number > 0),
    key_used_at  timestamptz,
    provider_ref text check (length(provider_ref) between 1 and 200),
    reason       text check (length(reason) between 1 and 1000),
    created_at   timestamptz not null default now(),
    completed_at timestamptz,
    check ((status = 'processing') = (key_used_at is not null))
);

create index transfer_reversals_transfer_id on transfer_reversals (transfer_id, created_at);
create unique index transfer_reversals_open on transfer_reversals (transfer_id)
    where status in ('pending', 'processing');
