-- Prints of recordings, by which the same one is found again; items that staff holds meanwhile.

create table track_prints (
    id          integer generated always as identity primary key,
    -- Null once the track is deleted. Then only what was taken down stays, by its take-down.
    track_id    uuid unique,
    takedown_id uuid references takedowns on delete cascade,
    -- The number of words of the recording, of which a long one keeps a part.
    length      integer not null check (length >= 0),
    words       bytea not null check (octet_length(words) <= 65536 and octet_length(words) % 4 = 0),
    created_at  timestamptz not null default now(),
    check (num_nonnulls(track_id, takedown_id) = 1)
);
-- They look like noise: compressing them is lost time.
alter table track_prints alter column words set storage external;
create index track_prints_takedown_id on track_prints (takedown_id) where takedown_id is not null;

-- Some of the words of each print, by which it is found. There is no foreign key, as its index would
-- take as much as the table: the terms of a print follow from its words, and go with it.
create table print_terms (
    term     integer not null,
    print_id integer not null,
    primary key (term, print_id)
);

-- Prints of the same recording, each beside the earlier ones, with the share of the shorter one that
-- is the same.
create table print_matches (
    print_id integer not null references track_prints on delete cascade,
    other_id integer not null references track_prints on delete cascade,
    share    real not null check (share > 0 and share <= 1),
    primary key (print_id, other_id),
    check (print_id > other_id)
);
create index print_matches_other_id on print_matches (other_id);

alter table track_media add column has_print boolean not null default false;
create index track_media_without_print on track_media (track_id)
    where not has_print and stream_size is not null;

-- An item that is like one that was taken down is hidden in the same way until staff decides.
alter table takedowns
    add column held boolean not null default false,
    add constraint takedowns_held_check
        check (not held or action_id is null and decided_by is null and not permanent);

alter table report_entries
    add column by_match boolean not null default false,
    add constraint report_entries_match_check
        check (not by_match or reporter_id is null and not by_filter);
create unique index report_entries_by_match on report_entries (report_id) where by_match;

alter table notifications
    drop constraint notifications_kind_check,
    add constraint notifications_kind_check
        check (kind in (
            'follow', 'track_like', 'track_comment', 'comment_like', 'post_like', 'post_comment', 'reply',
            'mention', 'message', 'sale', 'export_ready', 'went_live', 'archive_ready', 'track_ready',
            'track_failed', 'warranty', 'warned', 'banned', 'unbanned', 'warning_withdrawn',
            'appeal_upheld', 'item_taken_down', 'item_restored', 'item_held', 'report_closed',
            'transfer_completed', 'transfer_failed', 'transfer_reversed', 'sale_refunded',
            'refund_made', 'refund_failed', 'refund_delayed', 'release_published', 'release_like',
            'playlist_invitation', 'playlist_accepted', 'preorder_delivered', 'backup_failed',
            'backup_overdue', 'new_device', 'factor_added', 'factor_removed', 'password_changed',
            'key_created', 'passkey_copied', 'factor_recovery', 'profile_invitation',
            'roster_proposal', 'credit_request', 'split_proposal', 'profile_claimed'
        ));
