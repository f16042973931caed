-- What a seller says of themselves for invoices, and in which currency they sell.
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

-- Where a seller is paid, by which company.
create table payout_accounts (
    user_id      uuid primary key references users on delete cascade,
    provider     text not null check (length(provider) between 1 and 40),
    account_ref  text not null check (length(account_ref) between 1 and 255),
    status       text not null default 'onboarding'
                 check (status in ('onboarding', 'connected', 'restricted')),
    -- What keeps it from being paid, in the company's words.
    reason       text,
    connected_at timestamptz,
    -- How often the company was asked: what was learnt before another asked is old.
    asked_count  bigint not null default 0,
    -- When the seller last set out to tell who they are, and when to ask the company next.
    onboarded_at timestamptz not null default now(),
    ask_at       timestamptz,
    created_at   timestamptz not null default now(),
    unique (provider, account_ref),
    check (status = 'onboarding' or connected_at is not null)
);

create index payout_accounts_ask_at on payout_accounts (ask_at) where ask_at is not null;
