-- Payouts to sellers, events of providers, and the simulated providers.

-- A seller's account with a payout provider: one for each mode, because onboarding in the sandbox
-- doesn't count for a real provider.
create table payout_accounts (
    user_id               uuid not null references users on delete cascade,
    provider              text not null check (length(provider) between 1 and 40),
    account_ref           text not null check (length(account_ref) between 1 and 255),
    status                text not null default 'onboarding'
                          check (status in ('onboarding', 'connected', 'restricted')),
    -- Why the provider can't pay into it, in its words.
    reason                text,
    connected_at          timestamptz,
    -- How often the provider was asked for the status: detects concurrent updates.
    check_count           bigint not null default 0,
    onboarding_started_at timestamptz not null default now(),
    next_check_at         timestamptz,
    created_at            timestamptz not null default now(),
    mode                  text not null generated always as (money_mode(provider)) stored,
    primary key (user_id, mode),
    unique (provider, account_ref),
    check (status = 'onboarding' or connected_at is not null)
);

create index payout_accounts_next_check_at on payout_accounts (next_check_at)
    where next_check_at is not null;

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
    withheld_cents     bigint not null default 0,
    amount_cents       bigint check (amount_cents >= 0),
    reversed_cents     bigint not null default 0,
    platform_fee_cents bigint not null check (platform_fee_cents >= 0),
    currency           text not null check (currency ~ '^[A-Z]{3}$'),
    status             text not null default 'pending'
                       check (status in ('pending', 'processing', 'completed', 'failed',
                                         'reversed')),
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
    -- That of its order and of its payout provider.
    mode               text not null generated always as (money_mode(payment_provider)) stored,
    -- Set only where, before there were modes, a provider of the other mode was called.
    crossed_at         timestamptz,
    unique (order_id, seller_subject, part),
    unique (provider, provider_ref),
    check ((provider is null) = (account_ref is null)),
    check (key_used_at is null or (provider is not null and amount_cents > 0)),
    check (provider_ref is null or (amount_cents > 0 and key_used_at is null)),
    check (reversed_cents between 0 and case when provider_ref is null then 0
                                             else amount_cents end),
    check ((status = 'reversed') = (provider_ref is not null and reversed_cents = amount_cents)),
    foreign key (order_id, mode) references orders (id, mode),
    check (provider is null or money_mode(provider) = mode or crossed_at is not null)
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

-- Events of providers, byte for byte, and the result of processing. Each event is stored once,
-- however often it is sent.
create table webhook_events (
    id          uuid primary key,
    provider    text not null check (length(provider) between 1 and 40),
    event_id    text not null check (length(event_id) between 1 and 255),
    kind        text not null check (length(kind) between 1 and 255),
    body        bytea not null,
    received_at timestamptz not null default now(),
    done_at     timestamptz,
    outcome     text check (outcome in ('applied', 'nothing_new', 'flagged', 'not_ours',
                                        'not_heard')),
    unique (provider, event_id),
    check ((done_at is null) = (outcome is null))
);

create index webhook_events_outcome on webhook_events (outcome, id);
create index webhook_events_done_at on webhook_events (done_at);

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
