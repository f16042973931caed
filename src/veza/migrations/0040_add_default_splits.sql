-- The split that is proposed for each new product and release of a profile.

create table default_split_parts (
    profile_id      uuid not null references users on delete cascade,
    position        integer not null check (position between 1 and 50),
    party_id        uuid not null references users on delete cascade,
    parts_per_10000 integer not null check (parts_per_10000 between 1 and 10000),
    primary key (profile_id, position),
    unique (profile_id, party_id)
);

create index default_split_parts_party_id on default_split_parts (party_id);
