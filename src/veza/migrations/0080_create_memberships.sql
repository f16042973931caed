-- Memberships, and their periods, each of which is paid by a line of an order.

create table memberships (
    id               uuid primary key,
    -- Null once their accounts are erased.
    member_id        uuid references users on delete set null,
    profile_id       uuid references users on delete set null,
    currency         text not null check (currency ~ '^[A-Z]{3}$'),
    state            text not null
        check (state in ('pending', 'active', 'past_due', 'paused', 'ended')),
    -- A monthly tip has no tier.
    tier_id          uuid references tiers on delete set null,
    tier_name        text not null check (length(tier_name) between 1 and 200),
    interval         text not null check (interval in ('month', 'year')),
    -- Agreed for the periods to come.
    price_cents      bigint not null check (price_cents between 50 and 100000000),
    next_tier_id     uuid references tiers on delete set null,
    next_tier_name   text check (length(next_tier_name) between 1 and 200),
    next_interval    text check (next_interval in ('month', 'year')),
    next_price_cents bigint check (next_price_cents between 50 and 100000000),
    -- The day of the month on which periods end.
    anchor_day       smallint not null check (anchor_day between 1 and 31),
    -- The number of the last period that was paid.
    last_number      integer not null default 0 check (last_number >= 0),
    started_at       timestamptz,
    paid_until       timestamptz,
    -- This alone decides whether the member has what the tier gives.
    access_until     timestamptz,
    next_charge_at   timestamptz,
    -- A worker renews it until then.
    leased_until     timestamptz,
    attempts         smallint not null default 0 check (attempts between 0 and 20),
    past_due_since   timestamptz,
    paused_until     timestamptz,
    cancelled_at     timestamptz,
    ended_at         timestamptz,
    end_reason       text check (
        end_reason in ('cancelled', 'declined', 'returned', 'closed', 'unpaid', 'erased')
    ),
    provider         text not null,
    customer_id      text not null check (length(customer_id) between 1 and 64),
    -- The method that is charged, as the provider calls it, or the order whose payment kept it.
    method_id        text check (length(method_id) between 1 and 255),
    method_order_id  uuid references orders,
    created_at       timestamptz not null default now(),
    check ((state = 'ended') = (ended_at is not null)),
    check ((state = 'pending') = (started_at is null) or state = 'ended'),
    check (next_charge_at is null or cancelled_at is null and state <> 'ended'),
    check (state in ('pending', 'ended') or paid_until is not null and access_until is not null),
    check (num_nonnulls(next_tier_name, next_interval, next_price_cents) in (0, 3))
);

create unique index memberships_of_one_profile on memberships (member_id, profile_id)
    where state <> 'ended';
create index memberships_member_id on memberships (member_id, id);
create index memberships_profile_id on memberships (profile_id, id);
create index memberships_tier_id on memberships (tier_id);
create index memberships_next_tier_id on memberships (next_tier_id) where next_tier_id is not null;
create index memberships_method_order_id on memberships (method_order_id);
create index memberships_due on memberships (next_charge_at) where next_charge_at is not null;
create index memberships_over on memberships (paid_until)
    where cancelled_at is not null and state <> 'ended';
create index memberships_pending on memberships (created_at) where started_at is null;
create index memberships_method on memberships (method_id) where method_id is not null;

create table membership_periods (
    item_id       uuid primary key references order_items,
    membership_id uuid not null references memberships on delete cascade,
    number        integer not null check (number > 0),
    kind          text not null check (kind in ('start', 'renewal', 'upgrade')),
    tier_id       uuid references tiers on delete set null,
    tier_name     text not null check (length(tier_name) between 1 and 200),
    interval      text not null check (interval in ('month', 'year')),
    -- Before a reduction.
    price_cents   bigint not null check (price_cents between 50 and 100000000),
    -- Of the attempts to charge it without the member; null if the member pays on session.
    attempt       smallint check (attempt between 0 and 20),
    -- The payment keeps its method.
    keeps_method  boolean not null,
    -- Known once it is paid. An upgrade has cut the rest at `cut_at`.
    starts_at     timestamptz,
    ends_at       timestamptz check (ends_at > starts_at),
    cut_at        timestamptz check (cut_at between starts_at and ends_at),
    is_paid       boolean not null default false,
    is_returned   boolean not null default false,
    check (not (is_paid or is_returned) or (starts_at is not null and ends_at is not null)),
    check (not (is_paid and is_returned))
);

-- A period is paid once.
create unique index membership_periods_paid on membership_periods (membership_id, number)
    where is_paid;
create unique index membership_periods_attempts
    on membership_periods (membership_id, number, attempt) where attempt is not null;
create index membership_periods_membership_id on membership_periods (membership_id, number);
create index membership_periods_tier_id on membership_periods (tier_id);

create function ensure_periods_apart() returns trigger language plpgsql as $$
begin
    if exists (
        select from membership_periods p
         where p.membership_id = new.membership_id and p.is_paid and p.item_id <> new.item_id
           and p.starts_at < coalesce(new.cut_at, new.ends_at)
           and coalesce(p.cut_at, p.ends_at) > new.starts_at
    ) then
        raise exception 'paid periods of membership % overlap', new.membership_id
            using errcode = 'check_violation', constraint = 'membership_periods_apart';
    end if;
    return new;
end
$$;

create constraint trigger membership_periods_apart
    after insert or update on membership_periods
    deferrable initially immediate
    for each row when (new.is_paid) execute function ensure_periods_apart();
