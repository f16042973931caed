-- How far the numbers of each seller have come in each year: whoever takes one holds the row until it
-- is written down, so that none is left out.
create table invoice_counters (
    seller_subject uuid not null,
    year           integer not null check (year between 2000 and 9999),
    last_number    integer not null default 0 check (last_number >= 0),
    primary key (seller_subject, year)
);

-- What was sold, as it was when the invoice was issued; and credit notes for what went back.
create table invoices (
    id             uuid primary key,
    order_id       uuid not null references orders,
    -- None on an invoice.
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

-- What is issued stays so: of all that it says, only the buyer can be forgotten.
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

-- One after the other.
create trigger invoice_counters_counted
    before update of last_number on invoice_counters
    for each row when (new.last_number <> old.last_number + 1)
    execute function refuse_change();
