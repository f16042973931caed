-- Replies, likes and edits of comments on tracks. Replies are of a first comment. One that is deleted
-- and has replies stays as a placeholder, without author and text.

alter table track_comments
    alter column author_id drop not null,
    alter column content drop not null,
    add column parent_id uuid references track_comments on delete cascade,
    -- Replies and likes of suspended members are not counted.
    add column replies_count integer not null default 0 check (replies_count >= 0),
    add column likes_count integer not null default 0 check (likes_count >= 0),
    add column edited_at timestamptz,
    add column deleted_at timestamptz,
    add constraint track_comments_content_there
        check ((deleted_at is null) = (content is not null)),
    add constraint track_comments_author_there
        check ((deleted_at is null) = (author_id is not null)),
    add constraint track_comments_placeholder_unliked
        check (deleted_at is null or likes_count = 0),
    add constraint track_comments_one_level
        check (parent_id is null
               or (replies_count = 0 and deleted_at is null and position_ms is null));

-- Comments newest first, and replies oldest first.
create index track_comments_first on track_comments (track_id, created_at desc, id desc)
    where parent_id is null;
create index track_comments_parent_id on track_comments (parent_id, created_at, id)
    where parent_id is not null;

create table track_comment_likes (
    comment_id uuid not null references track_comments on delete cascade,
    user_id    uuid not null references users on delete cascade,
    is_hidden  boolean not null default false,
    liked_at   timestamptz not null default now(),
    primary key (comment_id, user_id)
);

create index track_comment_likes_user_id on track_comment_likes (user_id, comment_id);
