-- Reviews: one per buyer and product, with the seller's reply.
create table reviews (
    id          uuid primary key,
    product_id  uuid not null references products on delete cascade,
    buyer_id    uuid not null references users on delete cascade,
    -- The order that bought the product.
    order_id    uuid not null,
    rating      smallint not null check (rating between 1 and 5),
    comment     text not null default '' check (length(comment) <= 5000),
    answer      text check (length(answer) between 1 and 5000),
    answered_at timestamptz,
    -- Reviews of suspended members are not in the average.
    is_hidden   boolean not null default false,
    created_at  timestamptz not null default now(),
    unique (product_id, buyer_id),
    check ((answer is null) = (answered_at is null))
);

create index reviews_product_id on reviews (product_id, created_at desc, id desc);
create index reviews_buyer_id on reviews (buyer_id, product_id);
