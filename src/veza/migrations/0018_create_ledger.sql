-- Whose an account is: the only link to a person. Deleting this one row forgets the person, and
-- leaves the books as they were.
create table ledger_subjects (
    id      uuid primary key,
    user_id uuid not null unique references users on delete cascade
);

-- Each account is somebody's, or kept with a company that holds money for us, or the platform's.
create table ledger_accounts (
    number     bigint generated always as identity primary key,
    kind       text not null check (kind in ('earned', 'paid', 'fees', 'returns', 'payments',
                                               'payouts')),
    -- No foreign key: the account stays when its subject is forgotten.
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

-- One movement of money: why, and what it belongs to. Nothing is posted twice.
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
    -- One currency in all of a posting.
    foreign key (posting_id, currency) references ledger_postings (id, currency),
    foreign key (account_number, currency) references ledger_accounts (number, currency)
);

create index ledger_entries_account_number on ledger_entries (account_number) include (amount_cents);

-- What sellers' accounts hold, kept along so that it can be locked. What the platform and the
-- companies hold is summed from the entries: orders of different sellers never wait for each other.
create table ledger_balances (
    account_number bigint primary key references ledger_accounts,
    balance_cents  bigint not null default 0
);

-- Looked at when the transaction commits: what is taken from one account is given to another.
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

-- A posting is written at once: nothing is added to it later.
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

-- Two walls, as around the audit: the program's role has no right to change what is posted, and the
-- owner is kept from a slip.
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
