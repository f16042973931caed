-- Staff takes single items down. Meanwhile an item is private (a product: withdrawn), and what its
-- owner chose is kept beside it, so that nothing that reads the visibility needs to know of it.

create table takedowns (
    id                uuid primary key,
    content_type      text not null check (length(content_type) between 1 and 50),
    -- These three are emptied when the owner's account is erased.
    content_id        uuid,
    owner_id          uuid references users on delete set null,
    title             text check (length(title) between 1 and 200),
    category          text not null
                      check (category in ('copyright', 'illegal', 'abuse', 'spam', 'impersonation',
                                          'undisclosed_ai', 'other')),
    -- For the owner; null once their account is erased.
    reason            text check (length(reason) between 1 and 1000),
    -- For staff alone.
    note              text not null default '' check (length(note) <= 2000),
    permanent         boolean not null,
    -- True if buyers can't download it any more.
    revokes_purchases boolean not null,
    -- Values that restore the item, if they are not stored beside it.
    kept              jsonb not null default '{}' check (jsonb_typeof(kept) = 'object'),
    -- The statement of reasons that its owner got, and against which they appeal.
    action_id         uuid references moderation_actions on delete set null,
    decided_by        uuid references users on delete set null,
    created_at        timestamptz not null default now(),
    -- When its owner last changed the item.
    edited_at         timestamptz,
    undone_by         uuid references users on delete set null,
    undone_at         timestamptz,
    undo_action_id    uuid references moderation_actions on delete set null,
    -- When a permanent one deleted the item.
    deleted_at        timestamptz,
    check (undone_by is null or undone_at is not null),
    check (deleted_at is null or (permanent and undone_at is null))
);

create unique index takedowns_open on takedowns (content_type, content_id) where undone_at is null;
create index takedowns_created_at on takedowns (created_at, id);
create index takedowns_owner_id on takedowns (owner_id, created_at) where owner_id is not null;
create unique index takedowns_action_id on takedowns (action_id) where action_id is not null;
create index takedowns_undo_action_id on takedowns (undo_action_id)
    where undo_action_id is not null;
create index takedowns_decided_by on takedowns (decided_by) where decided_by is not null;
create index takedowns_undone_by on takedowns (undone_by) where undone_by is not null;
create index takedowns_to_delete on takedowns (created_at)
    where permanent and undone_at is null and deleted_at is null;

alter table tracks
    add column owner_visibility text
        check (owner_visibility in ('public', 'unlisted', 'private')),
    add constraint tracks_taken_down check (owner_visibility is null or visibility = 'private');
alter table releases
    add column owner_visibility text
        check (owner_visibility in ('public', 'unlisted', 'private')),
    add constraint releases_taken_down check (owner_visibility is null or visibility = 'private');
alter table playlists
    add column owner_visibility text
        check (owner_visibility in ('public', 'unlisted', 'private')),
    add constraint playlists_taken_down check (owner_visibility is null or visibility = 'private');
alter table products
    add column owner_status text check (owner_status in ('draft', 'published', 'withdrawn')),
    add constraint products_taken_down check (owner_status is null or status = 'withdrawn');

-- Buyers who wait for a release don't keep staff from taking it down.
drop trigger releases_hidden on releases;
create trigger releases_hidden
    before update of visibility, publish_at on releases
    for each row
    when (new.visibility = 'private' and new.publish_at is null and new.owner_visibility is null
          and (old.visibility <> 'private' or old.publish_at is not null))
    execute function ensure_no_preorders();

-- A product whose release is deleted meanwhile is not for sale again after the undo.
create or replace function withdraw_products_of_release() returns trigger language plpgsql as $$
begin
    insert into sold_tracks (product_id, track_id, disc, number)
         select p.id, e.track_id, e.disc, e.number
           from products p
           join release_tracks e on e.release_id = p.release_id
          where p.release_id = old.id and p.ordered_at is not null
    on conflict do nothing;
    update products
       set owner_status = 'withdrawn', updated_at = now()
     where release_id = old.id and owner_status = 'published';
    with withdrawn as (
           update products
              set status = 'withdrawn', updated_at = now()
            where release_id = old.id and status = 'published'
        returning id
    )
    delete from product_search where id in (select id from withdrawn);
    return old;
end
$$;

alter table moderation_actions
    drop constraint moderation_actions_action_check,
    drop constraint moderation_actions_check,
    add constraint moderation_actions_action_check
        check (action in ('warn', 'ban', 'unban', 'withdraw', 'uphold', 'takedown', 'restore')),
    add constraint moderation_actions_check
        check (action in ('unban', 'restore') or reason is not null);

alter table reports
    drop constraint reports_action_check,
    add constraint reports_action_check
        check (action in ('resolve', 'dismiss', 'warn', 'ban', 'takedown'));

alter table notifications
    drop constraint notifications_kind_check,
    add constraint notifications_kind_check
        check (kind in (
            'follow', 'track_like', 'track_comment', 'post_like', 'post_comment', 'reply', 'mention',
            'message', 'sale', 'export_ready', 'went_live', 'archive_ready', 'track_ready',
            'track_failed', 'warranty', 'warned', 'banned', 'unbanned', 'warning_withdrawn',
            'appeal_upheld', 'item_taken_down', 'item_restored', 'report_closed',
            'transfer_completed', 'transfer_failed', 'transfer_reversed', 'sale_refunded',
            'refund_made', 'refund_failed', 'refund_delayed', 'release_published', 'release_like',
            'playlist_invitation', 'playlist_accepted', 'preorder_delivered', 'backup_failed',
            'backup_overdue', 'new_device', 'factor_added', 'factor_removed', 'password_changed',
            'key_created', 'passkey_copied', 'factor_recovery', 'profile_invitation',
            'roster_proposal', 'credit_request', 'split_proposal', 'profile_claimed'
        ));
