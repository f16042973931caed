-- How what a product or a release earns is split between parties: its versions, and what was sold
-- by them.

-- A version. The one that is `accepted` holds; a proposal waits for all who gain or lose by it.
create table splits (
    id          uuid primary key,
    product_id  uuid references products on delete cascade,
    release_id  uuid references releases on delete cascade,
    status      text not null default 'proposed'
                check (status in ('proposed', 'declined', 'accepted', 'replaced')),
    created_at  timestamptz not null default now(),
    accepted_at timestamptz,
    check (num_nonnulls(product_id, release_id) = 1),
    check ((status in ('accepted', 'replaced')) = (accepted_at is not null))
);

create index splits_product_id on splits (product_id) where product_id is not null;
create index splits_release_id on splits (release_id) where release_id is not null;
create unique index splits_product_accepted on splits (product_id) where status = 'accepted';
create unique index splits_release_accepted on splits (release_id) where status = 'accepted';
create unique index splits_product_open on splits (product_id)
    where status in ('proposed', 'declined');
create unique index splits_release_open on splits (release_id)
    where status in ('proposed', 'declined');

-- The parties of a version in their order, by the ids of their profiles.
create table split_parts (
    split_id        uuid not null references splits on delete cascade,
    position        integer not null check (position between 1 and 50),
    -- Null after the party was erased: its part is the seller's from then on.
    party_id        uuid references users on delete set null,
    parts_per_10000 integer not null check (parts_per_10000 between 1 and 10000),
    primary key (split_id, position),
    unique (split_id, party_id)
);

create index split_parts_party_id on split_parts (party_id) where party_id is not null;

-- Who accepted a version.
create table split_acceptances (
    split_id    uuid not null references splits on delete cascade,
    party_id    uuid not null references users on delete cascade,
    accepted_at timestamptz not null default now(),
    primary key (split_id, party_id)
);

create index split_acceptances_party_id on split_acceptances (party_id);

create function ensure_split_is_whole() returns trigger language plpgsql as $$
begin
    -- The version may be deleted in the same transaction.
    if exists (select from splits where id = new.split_id)
       and (select sum(p.parts_per_10000) from split_parts p where p.split_id = new.split_id)
           <> 10000 then
        raise exception 'The parts of split % are not the whole.', new.split_id
              using errcode = 'check_violation', constraint = 'split_parts_are_whole';
    end if;
    return null;
end
$$;

create constraint trigger split_parts_are_whole
    after insert or update of parts_per_10000 on split_parts deferrable initially deferred
    for each row execute function ensure_split_is_whole();

-- Who earns by a line of an order, frozen when it was ordered. A line without rows is its seller's
-- alone.
create table order_item_parts (
    item_id         uuid not null references order_items,
    position        integer not null check (position between 1 and 51),
    -- Null after the account was erased. The subject is the party in the ledger.
    party_id        uuid references users on delete set null,
    party_subject   uuid not null,
    parts_per_10000 integer not null check (parts_per_10000 between 1 and 10000),
    fee_cents       bigint not null check (fee_cents >= 0),
    net_cents       bigint not null check (net_cents >= 0),
    price_cents     bigint not null generated always as (fee_cents + net_cents) stored,
    primary key (item_id, position),
    unique (item_id, party_subject)
);

create index order_item_parts_party_id on order_item_parts (party_id) where party_id is not null;

-- Checked at the commit: the parts of a line are the whole line.
create function ensure_line_is_whole() returns trigger language plpgsql as $$
begin
    if not exists (
        select from order_items i
         where i.id = new.item_id
           and (10000, i.fee_cents, i.net_cents) = (
               select sum(p.parts_per_10000), sum(p.fee_cents), sum(p.net_cents)
                 from order_item_parts p
                where p.item_id = new.item_id
           )
    ) then
        raise exception 'The parts of line % are not the whole.', new.item_id
              using errcode = 'check_violation', constraint = 'order_item_parts_are_whole';
    end if;
    return null;
end
$$;

create constraint trigger order_item_parts_are_whole
    after insert on order_item_parts deferrable initially deferred
    for each row execute function ensure_line_is_whole();

-- What was frozen is never changed, except that a party can be erased.
create trigger order_item_parts_kept
    before delete or truncate
        or update of item_id, position, party_subject, parts_per_10000, fee_cents, net_cents
    on order_item_parts
    for each statement execute function refuse_change();

create trigger order_item_parts_frozen
    before update of party_id on order_item_parts
    for each row when (new.party_id is not null)
    execute function refuse_change();
