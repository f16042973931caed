-- The tax that prices include: what sellers chose, the rates of the site, and what each line was
-- taxed with.

-- The seller declares the tax of the buyer's country. Otherwise prices include `vat_rate`, if any.
alter table sellers
    add column vat_by_destination boolean not null default false,
    add constraint sellers_destination_needs_a_country
        check (not vat_by_destination or country is not null);

-- Rates of the site, besides those that the program has: of other countries, or later ones.
create table tax_rates (
    country    text not null check (country ~ '^[A-Z]{2}$'),
    valid_from date not null,
    percent    numeric(5, 2) not null check (percent between 0 and 100),
    created_at timestamptz not null default now(),
    primary key (country, valid_from)
);

-- As it was when the line was ordered. Null in lines that were ordered before this was stored: only
-- their documents say what tax they had.
alter table order_items
    add column tax_treatment text
        check (tax_treatment in ('none', 'domestic', 'destination', 'reverse_charge', 'outside')),
    -- The country whose tax it is, or that of the buyer if none is due. A domestic tax is the
    -- seller's, who may have no country.
    add column tax_country   text check (tax_country ~ '^[A-Z]{2}$'),
    add column tax_rate      numeric(5, 2) check (tax_rate between 0 and 100),
    add column tax_cents     bigint not null default 0 check (tax_cents between 0 and price_cents),
    add constraint order_items_tax_of_treatment check (
        case tax_treatment
            when 'domestic' then tax_rate is not null
            when 'destination' then tax_rate is not null and tax_country is not null
            when 'reverse_charge' then tax_rate is null and tax_country is not null
            when 'outside' then tax_rate is null and tax_country is not null
            else tax_rate is null and tax_country is null
        end
    ),
    add constraint order_items_tax_has_a_rate check (tax_rate is not null or tax_cents = 0);

-- The proofs of the buyer's place: the billing country, and where the payment and the request are
-- from. Deleted when the buyer is erased.
create table order_places (
    order_id uuid not null references orders,
    kind     text not null check (kind in ('declared', 'payment', 'network')),
    country  text not null check (country ~ '^[A-Z]{2}$'),
    primary key (order_id, kind)
);
