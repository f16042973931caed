-- Podcasts are profiles of a kind of their own, and a network, which is a label, may prepare theirs.
alter table profiles
    drop constraint profiles_kind_check,
    add constraint profiles_kind_check
        check (kind in ('person', 'artist', 'band', 'label', 'podcast')),
    drop constraint profiles_check,
    add constraint profiles_check
        check (placeholder_of is null or kind in ('artist', 'band', 'podcast'));

alter table users
    drop constraint users_page_kind_check,
    add constraint users_page_kind_check
        check (page_kind in ('artist', 'band', 'label', 'podcast'));
