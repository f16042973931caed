-- Gifts: a line that its buyer pays for and somebody else gets, by a code that is mailed to them.

-- A line that is a gift gives its buyer no licence. While it is paid and not returned, it is given:
-- that stands for the licence that other lines have. What its code gave is received: the gift was
-- counted as the sale.
alter table order_items
    add column is_gift     boolean not null default false,
    add column is_given    boolean not null default false,
    add column is_received boolean not null default false,
    add constraint order_items_gifts_cost_something check (not is_gift or price_cents > 0),
    add constraint order_items_only_gifts_are_given check (is_gift or not is_given),
    add constraint order_items_received_by_a_code check (not is_received or is_redeemed);

create table gifts (
    item_id          uuid primary key references order_items,
    -- All words of the buyer are null once they are forgotten. The address as it was typed:
    recipient        text check (length(recipient) between 3 and 254),
    recipient_key    text generated always as (lower(recipient collate "C")) stored,
    recipient_name   text check (length(recipient_name) between 1 and 100),
    sender_name      text check (length(sender_name) between 1 and 100),
    message          text check (length(message) <= 500),
    -- Of the mail.
    language         text not null check (language in ('en', 'de', 'fr', 'es')),
    send_at          timestamptz not null,
    -- When a mail is to be sent; null if none is.
    due_at           timestamptz,
    -- Mails that were tried, and when the last one was.
    attempts         smallint not null default 0 check (attempts between 0 and 100),
    tried_at         timestamptz,
    -- When the last mail to this address was accepted, or why it was not.
    sent_at          timestamptz,
    failure          text check (failure in ('suppressed', 'refused')),
    -- A code is derived from the nonce with a key of the server, and found by its hash.
    code_nonce       bytea check (octet_length(code_nonce) = 16),
    code_hash        bytea unique check (octet_length(code_hash) = 32),
    -- The line of the order by which it was redeemed.
    redeemed_item_id uuid unique references order_items,
    redeemed_at      timestamptz,
    check ((code_nonce is null) = (code_hash is null)),
    check ((redeemed_item_id is null) = (redeemed_at is null)),
    check (redeemed_at is null or due_at is null),
    check (due_at is null or recipient is not null)
);

create index gifts_due_at on gifts (due_at) where due_at is not null;
create index gifts_recipient_key on gifts (recipient_key) where recipient is not null;
create index gifts_redeemed_at on gifts (redeemed_at)
    where redeemed_at is not null and recipient is not null;

-- A gift of a release that is to come counts as a pre-order.
create or replace function ensure_no_preorders() returns trigger language plpgsql as $$
begin
    if exists (
        select from products p
          join order_items i on i.product_id = p.id and i.is_undelivered and i.price_cents > 0
          left join licences l on l.item_id = i.id
         where p.release_id = old.id and p.seller_id is not null
           and (l.item_id is not null or i.is_given)
    ) then
        raise exception 'release % has pre-orders', old.id
            using errcode = 'check_violation', constraint = 'releases_have_no_preorders';
    end if;
    return coalesce(new, old);
end
$$;
