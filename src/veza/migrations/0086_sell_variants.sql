-- Variants of products: licences of beats and stems, each with its files, terms and price.

-- The price of a product with variants is that of the cheapest one.
alter table products
    add column has_variants boolean not null default false,
    -- The line of an order that holds the exclusive licence while it is unpaid, or has bought it.
    add column exclusive_item_id uuid,
    -- When the exclusive licence was sold: no other licence is sold after that.
    add column sold_exclusively_at timestamptz,
    add constraint products_sold_exclusively_by_a_line
        check (sold_exclusively_at is null or exclusive_item_id is not null),
    add constraint products_sold_exclusively_are_withdrawn
        check (sold_exclusively_at is null or status <> 'published');

create unique index products_exclusive_item_id on products (exclusive_item_id)
    where exclusive_item_id is not null;

alter table products
    add constraint products_exclusive_item_id_fkey
        foreign key (exclusive_item_id) references order_items;

create table product_variants (
    id                uuid primary key,
    product_id        uuid not null references products on delete cascade,
    position          smallint not null check (position between 1 and 6),
    kind              text not null check (kind in ('lease', 'stems', 'unlimited', 'exclusive')),
    title             text not null check (length(title) between 1 and 40),
    price_cents       integer not null
                      check (price_cents = 0 or price_cents between 50 and 100000000),
    -- Whether it includes the original of the track, or the release, that the product is.
    includes_contents boolean not null,
    -- As `VariantTerms`.
    terms             jsonb not null check (jsonb_typeof(terms) = 'object'),
    credit_line       text not null check (length(credit_line) <= 200),
    -- What the seller adds to the contract.
    clauses           text not null check (length(clauses) <= 4000),
    unique (product_id, position)
);

create unique index product_variants_one_exclusive on product_variants (product_id)
    where kind = 'exclusive';

-- The files of a product that a variant includes. What was sold is kept by lines of orders.
create table product_variant_files (
    variant_id uuid not null references product_variants on delete cascade,
    file_id    uuid not null references product_files,
    -- Takes these rows along with a product before its files are missed.
    product_id uuid not null references products on delete cascade,
    primary key (variant_id, file_id)
);

create index product_variant_files_file_id on product_variant_files (file_id);
create index product_variant_files_product_id on product_variant_files (product_id);

-- The variant of a line as it was sold: `SoldVariant`. Variants come and go, lines stay.
alter table order_items
    add column variant_id uuid,
    add column variant    jsonb,
    add constraint order_items_variant_of_a_product
        check ((variant_id is null) = (variant is null)
               and (variant_id is null or kind = 'product'));

create index order_items_variants on order_items (product_id, order_id)
    where variant_id is not null;
