-- Contracts: since 1.0.0 no code reads the terms in commissions, which no release has written.

-- What a party of a commission wrote can be taken down: the other one does not see it then.
alter table commission_entries add column is_taken_down boolean not null default false;

-- No statement looks for the lines of a service by its product.
drop index order_items_services;

-- What was agreed is in the line of the order, and nowhere else.
alter table commissions
    drop column delivery_days,
    drop column revisions,
    drop column questions,
    add constraint commissions_revisions_used_check check (revisions_used between 0 and 10);

-- Who is named stays so without a password, and who entered one is not named by that.
alter table stream_guests
    add column is_named boolean not null default false;

update stream_guests set is_named = password_version is null;

alter table stream_guests
    add constraint stream_guests_named_or_unlocked
        check (is_named or password_version is not null);

-- Lists of streams for all, and of those for some, without passing by the others.
create index streams_public on streams (listed_at, id) where is_announced and audience = 'public';
create index streams_for_some on streams (listed_at, id)
    where is_announced and audience in ('followers', 'members', 'buyers', 'named');
