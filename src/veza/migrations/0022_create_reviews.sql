-- What buyers say of what they bought: one review a buyer and product, and the seller's answer.
create table reviews (
    id          uuid primary key,
    product_id  uuid not null references products on delete cascade,
    buyer_id    uuid not null references users on delete cascade,
    -- By which it was bought.
    order_id    uuid not null,
    rating      smallint not null check (rating between 1 and 5),
    comment     text not null default '' check (length(comment) <= 5000),
    answer      text check (length(answer) between 1 and 5000),
    answered_at timestamptz,
    -- Those of suspended members are in no average.
    is_hidden   boolean not null default false,
    created_at  timestamptz not null default now(),
    unique (product_id, buyer_id),
    check ((answer is null) = (answered_at is null))
);

create index reviews_product_id on reviews (product_id, created_at desc, id desc);
create index reviews_buyer_id on reviews (buyer_id, product_id);
