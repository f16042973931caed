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
