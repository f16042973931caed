-- Passkeys of members: the public halves of keys that their devices hold.
create table passkeys (
    id                 uuid primary key,
    user_id            uuid not null references users on delete cascade,
    -- By which a device finds its key: at most 1023 bytes (WebAuthn, 4).
    credential_id      bytea not null unique check (octet_length(credential_id) between 1 and 1023),
    -- As COSE_Key.
    public_key         bytea not null check (octet_length(public_key) between 1 and 1024),
    name               text not null check (char_length(name) between 1 and 60),
    -- Of the last signature; 0 if the device counts none.
    counter            bigint not null check (counter >= 0),
    is_backed_up       boolean not null,
    created_at         timestamptz not null default now(),
    last_used_at       timestamptz
);

create index passkeys_user_id on passkeys (user_id, created_at, id);

-- What a passkey has to sign: once, for one purpose.
create table passkey_challenges (
    challenge_hash bytea primary key check (octet_length(challenge_hash) = 32),
    purpose        text not null
                   check (purpose in ('register', 'sign_in', 'second_factor', 'step_up')),
    -- Null before it is known who signs in.
    user_id        uuid references users on delete cascade,
    -- The login that waits for a second factor.
    login_hash     bytea references login_challenges on delete cascade,
    created_at     timestamptz not null default now(),
    expires_at     timestamptz not null,
    check ((purpose = 'sign_in') = (user_id is null)),
    check ((purpose = 'second_factor') = (login_hash is not null))
);

create index passkey_challenges_user_id on passkey_challenges (user_id, purpose, created_at desc);
create index passkey_challenges_login_hash on passkey_challenges (login_hash);
create index passkey_challenges_expires_at on passkey_challenges (expires_at);

alter table email_tokens
    drop constraint email_tokens_purpose_check,
    add constraint email_tokens_purpose_check
        check (purpose in ('password_reset', 'email_verification', 'password_changed',
                           'email_changed', 'new_device', 'factor_added', 'factor_removed',
                           'key_created', 'passkey_copied'));

alter table notifications
    drop constraint notifications_kind_check,
    add constraint notifications_kind_check
        check (kind in ('follow', 'track_like', 'track_comment', 'post_like', 'post_comment',
                        'reply', 'mention', 'message', 'sale', 'export_ready', 'went_live',
                        'archive_ready',
                        'track_ready', 'track_failed', 'warranty', 'warned', 'banned', 'unbanned',
                        'report_closed', 'transfer_completed', 'transfer_failed',
                        'transfer_reversed', 'sale_refunded', 'refund_made', 'refund_failed',
                        'refund_delayed', 'release_published', 'release_like',
                        'playlist_invitation', 'playlist_accepted', 'preorder_delivered',
                        'backup_failed', 'backup_overdue', 'new_device', 'factor_added',
                        'factor_removed', 'password_changed', 'key_created', 'passkey_copied'));
