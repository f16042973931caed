-- Test money moves in the sandbox only, live money at real providers only. This function decides
-- the mode; `core.money_mode.mode_of` is the same in the program.
create function money_mode(provider text) returns text
    language sql immutable strict parallel safe
    return case provider when 'sandbox' then 'test' else 'live' end;

-- An order has the mode of the provider at which its payment was created; a free order has the mode
-- that was current when it was placed.
alter table orders
    add column mode text not null generated always as (money_mode(provider)) stored,
    add unique (id, mode);

-- A refund has the mode of its payment. The default is for processes of the previous version, which
-- know no mode; the key refuses their writes about test money.
alter table refunds
    add column mode text not null default 'live' check (mode in ('live', 'test'));

update refunds r
   set mode = o.mode
  from orders o
 where o.id = r.order_id and o.mode <> r.mode;

alter table refunds
    add foreign key (order_id, mode) references orders (id, mode);

-- A transfer has the mode of its order and of its payout provider. `crossed_at` is set only here: a
-- provider of the other mode was called before this was refused.
alter table transfers
    add column mode text not null generated always as (money_mode(payment_provider)) stored,
    add column crossed_at timestamptz;

update transfers
   set provider = null, account_ref = null
 where money_mode(provider) <> mode and provider_ref is null and key_used_at is null;

update transfers
   set crossed_at = now()
 where money_mode(provider) <> mode;

alter table transfers
    add foreign key (order_id, mode) references orders (id, mode),
    add check (provider is null or money_mode(provider) = mode or crossed_at is not null);

-- A seller has an account for each mode: onboarding in the sandbox doesn't count for Stripe.
alter table payout_accounts
    add column mode text not null generated always as (money_mode(provider)) stored;
alter table payout_accounts
    drop constraint payout_accounts_pkey,
    add primary key (user_id, mode);

-- The ledger. The key of a live account is what it was, that of a test account ends with `:test`.
create function ledger_account_key(kind text, owner text, currency text, mode text) returns text
    language sql immutable parallel safe
    return kind || ':' || coalesce(owner, '') || ':' || currency
           || case mode when 'test' then ':test' else '' end;

alter table ledger_accounts disable trigger ledger_accounts_append_only;
alter table ledger_postings disable trigger ledger_postings_append_only;
alter table ledger_entries disable trigger ledger_entries_append_only;

alter table ledger_postings
    add column mode text not null default 'live' check (mode in ('live', 'test'));
alter table ledger_accounts
    add column mode text not null default 'live' check (mode in ('live', 'test'));
alter table ledger_accounts drop column key;

-- A posting has the mode of the payment provider that has, or had, the money.
update ledger_postings p
   set mode = 'test'
 where exists (select from ledger_entries e
                 join ledger_accounts a on a.number = e.account_number
                where e.posting_id = p.id and a.kind = 'payments'
                  and money_mode(a.provider) = 'test');

update ledger_accounts
   set mode = 'test'
 where money_mode(provider) = 'test';

-- Accounts with both modes are split in two. No amount changes.
insert into ledger_accounts (kind, subject_id, provider, currency, mode)
     select distinct a.kind, a.subject_id, a.provider, a.currency, p.mode
       from ledger_entries e
       join ledger_postings p on p.id = e.posting_id
       join ledger_accounts a on a.number = e.account_number
      where a.mode <> p.mode;

update ledger_entries e
   set account_number = twin.number
  from ledger_postings p, ledger_accounts a, ledger_accounts twin
 where p.id = e.posting_id and a.number = e.account_number and a.mode <> p.mode
   and twin.kind = a.kind and twin.currency = a.currency and twin.mode = p.mode
   and twin.subject_id is not distinct from a.subject_id
   and twin.provider is not distinct from a.provider;

delete from ledger_balances b
 where not exists (select from ledger_entries e where e.account_number = b.account_number);

delete from ledger_accounts a
 where not exists (select from ledger_entries e where e.account_number = a.number);

insert into ledger_balances (account_number, balance_cents)
     select a.number, sum(e.amount_cents)
       from ledger_accounts a
       join ledger_entries e on e.account_number = a.number
      where a.subject_id is not null
      group by a.number
on conflict (account_number) do update set balance_cents = excluded.balance_cents;

alter table ledger_accounts
    add column key text not null unique generated always as (
        ledger_account_key(kind, coalesce(subject_id::text, provider), currency, mode)
    ) stored,
    add unique (number, currency, mode),
    -- Not for existing accounts: `veza ledger verify` reports those.
    add constraint ledger_accounts_mode_of_provider
        check (provider is null or money_mode(provider) = mode) not valid;
alter table ledger_postings add unique (id, currency, mode);

-- All entries of a posting have the same currency and mode.
alter table ledger_entries
    add column mode text not null default 'live' check (mode in ('live', 'test'));

update ledger_entries e
   set mode = p.mode
  from ledger_postings p
 where p.id = e.posting_id and p.mode <> e.mode;

alter table ledger_entries
    drop constraint ledger_entries_posting_id_currency_fkey,
    drop constraint ledger_entries_account_number_currency_fkey,
    add foreign key (posting_id, currency, mode)
        references ledger_postings (id, currency, mode),
    add foreign key (account_number, currency, mode)
        references ledger_accounts (number, currency, mode);

alter table ledger_accounts drop constraint ledger_accounts_number_currency_key;
alter table ledger_postings drop constraint ledger_postings_id_currency_key;

alter table ledger_accounts enable trigger ledger_accounts_append_only;
alter table ledger_postings enable trigger ledger_postings_append_only;
alter table ledger_entries enable trigger ledger_entries_append_only;
