-- The profile of a seller, for invoices, and the currency of their prices.
create table sellers (
    user_id    uuid primary key references users on delete cascade,
    legal_name text check (length(legal_name) between 1 and 200),
    address    text check (length(address) between 1 and 1000),
    country    text check (country ~ '^[A-Z]{2}$'),
    vat_id     text check (length(vat_id) between 1 and 30),
    vat_rate   numeric(5, 4) check (vat_rate between 0 and 1),
    currency   text not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
    updated_at timestamptz not null default now()
);

-- A seller's account with a payout provider.
create table payout_accounts (
    user_id               uuid primary key references users on delete cascade,
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
    unique (provider, account_ref),
    check (status = 'onboarding' or connected_at is not null)
);

create index payout_accounts_next_check_at on payout_accounts (next_check_at)
    where next_check_at is not null;
