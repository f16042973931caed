-- The owner of an account: the only link to a person. Deleting the row anonymises the accounts and
-- leaves the ledger unchanged.
create table ledger_subjects (
    id      uuid primary key,
    user_id uuid not null unique references users on delete cascade
);

-- An account belongs to a member, to a provider that holds money for us, or to the platform.
create table ledger_accounts (
    number     bigint generated always as identity primary key,
    kind       text not null check (kind in ('earned', 'paid', 'fees', 'returns', 'payments',
                                               'payouts')),
    -- No foreign key: the account outlives its subject.
    subject_id uuid,
    provider   text check (length(provider) between 1 and 40),
    currency   text not null check (currency ~ '^[A-Z]{3}$'),
    key        text not null unique generated always as (
                   kind || ':' || coalesce(subject_id::text, provider, '') || ':' || currency
               ) stored,
    unique (number, currency),
    check ((kind in ('earned', 'paid')) = (subject_id is not null)),
    check ((kind in ('payments', 'payouts')) = (provider is not null))
);

create index ledger_accounts_subject_id on ledger_accounts (subject_id);

-- A movement of money: its kind, and what it belongs to. Each is posted once.
create table ledger_postings (
    id           uuid primary key,
    kind         text not null check (kind in ('sale', 'late_payment', 'return', 'refund',
                                                 'transfer', 'reversal', 'dispute',
                                                 'dispute_won')),
    reference_id uuid not null,
    currency     text not null,
    posted_at    timestamptz not null default now(),
    unique (kind, reference_id),
    unique (id, currency)
);

create table ledger_entries (
    posting_id     uuid not null,
    account_number bigint not null,
    currency       text not null,
    amount_cents   bigint not null check (amount_cents <> 0),
    primary key (posting_id, account_number),
    -- All entries of a posting have the same currency.
    foreign key (posting_id, currency) references ledger_postings (id, currency),
    foreign key (account_number, currency) references ledger_accounts (number, currency)
);

create index ledger_entries_account_number on ledger_entries (account_number) include (amount_cents);

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

-- As for the audit log: the program's role has no right to change postings, and triggers protect
-- against mistakes of the owner.
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
