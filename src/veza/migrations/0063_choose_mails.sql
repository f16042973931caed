-- Which notifications are mailed at once, and how often the others come in a summary.

alter table notification_preferences
    -- Kinds that the member chose to get by mail, and those that they chose not to: of all others
    -- the program decides.
    add column mailed text[] not null default '{}' check (mailed <@ array[
        'follow', 'track_like', 'track_comment', 'comment_like', 'post_like', 'post_comment',
        'reply', 'mention', 'message', 'sale', 'sale_refunded', 'transfer_completed',
        'transfer_failed', 'transfer_reversed', 'refund_made', 'refund_failed', 'refund_delayed',
        'preorder_delivered', 'export_ready', 'archive_ready', 'went_live', 'release_published',
        'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
        'playlist_accepted', 'profile_invitation', 'roster_proposal', 'credit_request',
        'split_proposal', 'profile_claimed'
    ]),
    add column not_mailed text[] not null default '{}' check (not_mailed <@ array[
        'follow', 'track_like', 'track_comment', 'comment_like', 'post_like', 'post_comment',
        'reply', 'mention', 'message', 'sale', 'sale_refunded', 'transfer_completed',
        'transfer_failed', 'transfer_reversed', 'refund_made', 'refund_failed', 'refund_delayed',
        'preorder_delivered', 'export_ready', 'archive_ready', 'went_live', 'release_published',
        'release_like', 'track_ready', 'track_failed', 'warranty', 'playlist_invitation',
        'playlist_accepted', 'profile_invitation', 'roster_proposal', 'credit_request',
        'split_proposal', 'profile_claimed'
    ]),
    add column digest text not null default 'weekly' check (digest in ('daily', 'weekly', 'never')),
    -- When the next summary is written; whoever writes it moves this on in the same transaction.
    add column digest_due_at timestamptz not null default now() + interval '7 days',
    -- The end of the time that the last summary tells of.
    add column digested_at timestamptz;

create index notification_preferences_digest_due_at on notification_preferences (digest_due_at)
 where digest <> 'never';

-- When it was mailed: once at most, and then it is in no summary.
alter table notifications add column mailed_at timestamptz;
