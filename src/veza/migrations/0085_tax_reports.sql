-- What sellers tell the tax office, by the report of the site (directive 2021/514).

-- Of a member it has what their seller profile lacks. Of one who was erased and had sold something,
-- it is kept with what that profile had, as invoices are: by the subject in the books.
create table seller_tax_details (
    id                  uuid primary key,
    user_id             uuid unique references users,
    seller_subject      uuid unique,
    kind                text check (kind in ('person', 'company')),
    tax_id              text check (length(tax_id) between 1 and 40),
    tax_id_country      text check (tax_id_country ~ '^[A-Z]{2}$'),
    birth_date          date,
    registration_number text check (length(registration_number) between 1 and 60),
    legal_name          text,
    address             text,
    country             text,
    vat_id              text,
    updated_at          timestamptz not null default now(),
    check ((user_id is null) <> (seller_subject is null)),
    check (user_id is null or num_nulls(legal_name, address, country, vat_id) = 4),
    check (birth_date is null or kind = 'person'),
    check (registration_number is null or kind = 'company')
);

-- What the directory of the EU said about the buyer's VAT id, and when: see `VatIdCheck`. Null if
-- it was not asked.
alter table orders
    add column vat_check jsonb check (jsonb_typeof(vat_check->'state') = 'string');
