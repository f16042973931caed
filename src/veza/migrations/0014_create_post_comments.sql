-- Comments on posts, and replies to them. A reply to a reply has the same parent. A deleted comment
-- with replies stays as a placeholder without author and content.
create table post_comments (
    id            uuid primary key,
    post_id       uuid not null references posts on delete cascade,
    parent_id     uuid references post_comments on delete cascade,
    author_id     uuid references users on delete cascade,
    content       text check (length(content) between 1 and 2000),
    -- Comments of suspended members are not counted, neither here nor in the post.
    replies_count integer not null default 0 check (replies_count >= 0),
    is_hidden     boolean not null default false,
    created_at    timestamptz not null default now(),
    deleted_at    timestamptz,
    check ((deleted_at is null) = (content is not null)),
    check ((deleted_at is null) = (author_id is not null)),
    check (parent_id is null or (replies_count = 0 and deleted_at is null))
);

-- Comments newest first, and replies oldest first.
create index post_comments_post_id on post_comments (post_id, created_at desc, id desc)
    where parent_id is null;
create index post_comments_parent_id on post_comments (parent_id, created_at, id)
    where parent_id is not null;
-- For the deletion of a post.
create index post_comments_of_post on post_comments (post_id);
create index post_comments_author_id on post_comments (author_id, post_id, id);
