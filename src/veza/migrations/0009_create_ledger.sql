-- The ledger by double entry, and invoices.

-- The owner of an account: the only link to a person. Deleting the row anonymises the accounts and
-- leaves the ledger unchanged.
create table ledger_subjects (
    id      uuid primary key,
    user_id uuid not null unique references users on delete cascade
);

-- The key of a test account ends with `:test`.
create function ledger_account_key(kind text, owner text, currency text, mode text) returns text
    language sql immutable parallel safe
    return kind || ':' || coalesce(owner, '') || ':' || currency
           || case mode when 'test' then ':test' else '' end;

-- An account belongs to a member, to a provider that holds money for us, or to the platform.
create table ledger_accounts (
    number     bigint generated always as identity primary key,
    kind       text not null check (kind in ('earned', 'paid', 'fees', 'returns', 'payments',
                                               'payouts')),
    -- No foreign key: the account outlives its subject.
    subject_id uuid,
    provider   text check (length(provider) between 1 and 40),
    currency   text not null check (currency ~ '^[A-Z]{3}$'),
    mode       text not null default 'live' check (mode in ('live', 'test')),
    key        text not null unique generated always as (
                   ledger_account_key(kind, coalesce(subject_id::text, provider), currency, mode)
               ) stored,
    unique (number, currency, mode),
    check ((kind in ('earned', 'paid')) = (subject_id is not null)),
    check ((kind in ('payments', 'payouts')) = (provider is not null))
);

create index ledger_accounts_subject_id on ledger_accounts (subject_id);

-- Not for accounts of before there were modes: `veza ledger verify` reports those.
alter table ledger_accounts
    add constraint ledger_accounts_mode_of_provider
        check (provider is null or money_mode(provider) = mode) not valid;

-- A movement of money: its kind, and what it belongs to. Each is posted once.
create table ledger_postings (
    id           uuid primary key,
    kind         text not null check (kind in ('sale', 'late_payment', 'return', 'refund',
                                                 'transfer', 'reversal', 'dispute',
                                                 'dispute_won')),
    reference_id uuid not null,
    currency     text not null,
    posted_at    timestamptz not null default now(),
    -- That of the payment provider that has, or had, the money.
    mode         text not null default 'live' check (mode in ('live', 'test')),
    unique (kind, reference_id),
    unique (id, currency, mode)
);

-- For figures by day.
create index ledger_postings_disputes on ledger_postings (posted_at)
    where kind in ('dispute', 'dispute_won');

create table ledger_entries (
    posting_id     uuid not null,
    account_number bigint not null,
    currency       text not null,
    amount_cents   bigint not null check (amount_cents <> 0),
    mode           text not null default 'live' check (mode in ('live', 'test')),
    primary key (posting_id, account_number),
    -- All entries of a posting have the same currency and mode.
    foreign key (posting_id, currency, mode) references ledger_postings (id, currency, mode),
    foreign key (account_number, currency, mode)
        references ledger_accounts (number, currency, mode)
);

create index ledger_entries_account_number on ledger_entries (account_number)
    include (amount_cents);

-- Balances of sellers' accounts, stored so that they can be locked. Those of the platform and of
-- providers are summed from the entries, so that orders of different sellers don't wait for each
-- other.
create table ledger_balances (
    account_number bigint primary key references ledger_accounts,
    balance_cents  bigint not null default 0
);

-- Checked at the commit: the entries of a posting add up to zero.
create function ensure_posting_is_whole() returns trigger language plpgsql as $$
declare
    total  bigint;
    number bigint;
begin
    select coalesce(sum(e.amount_cents), 0), count(*) into total, number
      from ledger_entries e
     where e.posting_id = new.id;
    if total <> 0 or number < 2 then
        raise exception 'Posting % has % entries that sum up to %.', new.id, number, total
              using errcode = 'check_violation', constraint = 'ledger_postings_sum_to_zero';
    end if;
    return null;
end
$$;

create constraint trigger ledger_postings_sum_to_zero
    after insert on ledger_postings deferrable initially deferred
    for each row execute function ensure_posting_is_whole();

-- No entry is added to a posting later.
create function ensure_posting_is_new() returns trigger language plpgsql as $$
begin
    if exists (
        select from written w
          join ledger_postings p on p.id = w.posting_id
         where p.posted_at <> now()
    ) then
        raise exception 'A posting of the past is never added to.'
              using errcode = 'insufficient_privilege';
    end if;
    return null;
end
$$;

create trigger ledger_entries_of_now
    after insert on ledger_entries referencing new table as written
    for each statement execute function ensure_posting_is_new();

-- The program's role has no right to change postings: see `refuse_change`.
do $$
declare
    program text;
begin
    for program in
        select distinct quote_ident(r.rolname)
          from pg_class c, aclexplode(c.relacl) a
          join pg_roles r on r.oid = a.grantee
         where c.oid = 'ledger_postings'::regclass and a.grantee <> c.relowner
    loop
        execute 'revoke update, delete, truncate on ledger_accounts, ledger_postings,
                 ledger_entries from ' || program;
        execute 'revoke delete, truncate on ledger_balances from ' || program;
    end loop;
end
$$;

create trigger ledger_postings_append_only
    before update or delete or truncate on ledger_postings
    for each statement execute function refuse_change();

create trigger ledger_entries_append_only
    before update or delete or truncate on ledger_entries
    for each statement execute function refuse_change();

create trigger ledger_accounts_append_only
    before update or delete or truncate on ledger_accounts
    for each statement execute function refuse_change();

-- The last verification of the ledger, in one row. It describes what is there, and nobody.
create table ledger_verification (
    is_only     boolean primary key default true check (is_only),
    started_at  timestamptz not null,
    finished_at timestamptz not null check (finished_at >= started_at),
    is_right    boolean not null,
    -- The first of them, at most 200; those that are broken come first.
    violations  jsonb not null check (jsonb_typeof(violations) = 'array')
);

-- The last invoice number of each seller and year. The row is locked until the invoice is written,
-- so that numbers have no gaps.
create table invoice_counters (
    seller_subject uuid not null,
    year           integer not null check (year between 2000 and 9999),
    last_number    integer not null default 0 check (last_number >= 0),
    primary key (seller_subject, year)
);

-- Invoices, as they were issued, and credit notes for refunds.
create table invoices (
    id             uuid primary key,
    order_id       uuid not null references orders,
    -- Null for an invoice.
    refund_id      uuid,
    seller_subject uuid not null,
    buyer_subject  uuid not null,
    kind           text not null check (kind in ('invoice', 'credit_note')),
    year           integer not null,
    number         integer not null check (number > 0),
    issued_at      timestamptz not null,
    data           jsonb not null,
    unique (seller_subject, year, number),
    unique nulls not distinct (order_id, refund_id, seller_subject),
    check ((kind = 'credit_note') = (refund_id is not null))
);

create index invoices_buyer_subject on invoices (buyer_subject, id);

-- An issued document is never changed, except that the buyer can be erased.
create trigger invoices_kept
    before delete or truncate
        or update of id, order_id, refund_id, seller_subject, buyer_subject, kind, year, number,
                     issued_at
    on invoices
    for each statement execute function refuse_change();

create trigger invoices_said
    before update of data on invoices
    for each row when (new.data - 'buyer' <> old.data - 'buyer')
    execute function refuse_change();

create trigger invoice_counters_kept
    before delete or truncate or update of seller_subject, year on invoice_counters
    for each statement execute function refuse_change();

-- Numbers are consecutive.
create trigger invoice_counters_counted
    before update of last_number on invoice_counters
    for each row when (new.last_number <> old.last_number + 1)
    execute function refuse_change();
