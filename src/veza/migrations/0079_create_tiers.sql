-- Tiers of profiles, which members pay for by the month or by the year.

create table tiers (
    id            uuid primary key,
    profile_id    uuid not null references users on delete cascade,
    name          text not null check (length(name) between 1 and 100),
    description   text not null check (length(description) <= 2000),
    welcome       text not null check (length(welcome) <= 2000),
    monthly_cents bigint check (monthly_cents between 50 and 100000000),
    yearly_cents  bigint check (yearly_cents between 50 and 100000000),
    currency      text not null check (currency ~ '^[A-Z]{3}$'),
    -- A member of a tier has all tiers of the profile with the same or a lower position.
    position      smallint not null check (position between 1 and 100),
    -- Of the prices of the profile's products, for members.
    percent_off   smallint not null check (percent_off between 0 and 100),
    -- A closed one takes no new members; those that it has stay.
    is_open       boolean not null,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    check (monthly_cents is not null or yearly_cents is not null)
);

create index tiers_profile_id on tiers (profile_id, position, id);
