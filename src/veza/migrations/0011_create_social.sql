-- Relations between members, and their posts.

-- Follows. Hidden while one of the two members is suspended: hidden rows are not counted.
create table follows (
    follower_id        uuid not null references users on delete cascade,
    followed_id        uuid not null references users on delete cascade,
    followed_at        timestamptz not null default now(),
    is_follower_hidden boolean not null default false,
    is_followed_hidden boolean not null default false,
    primary key (follower_id, followed_id),
    check (follower_id <> followed_id)
);

create index follows_follower_id on follows (follower_id, followed_at, followed_id);
create index follows_followed_id on follows (followed_id, followed_at, follower_id);

-- Numbers of followers and followed members. A change between two members locks the rows of both
-- first, in the order of their ids.
create table follow_counts (
    user_id         uuid primary key references users on delete cascade,
    followers_count integer not null default 0 check (followers_count >= 0),
    following_count integer not null default 0 check (following_count >= 0)
);

-- After a block by either side neither member sees the other.
create table blocks (
    blocker_id uuid not null references users on delete cascade,
    blocked_id uuid not null references users on delete cascade,
    blocked_at timestamptz not null default now(),
    primary key (blocker_id, blocked_id),
    check (blocker_id <> blocked_id)
);

create index blocks_blocker_id on blocks (blocker_id, blocked_at, blocked_id);
create index blocks_blocked_id on blocks (blocked_id, blocker_id);

-- Muted members: the muted member does not notice.
create table mutes (
    muter_id uuid not null references users on delete cascade,
    muted_id uuid not null references users on delete cascade,
    muted_at timestamptz not null default now(),
    primary key (muter_id, muted_id),
    check (muter_id <> muted_id)
);

create index mutes_muter_id on mutes (muter_id, muted_at, muted_id);
create index mutes_muted_id on mutes (muted_id, muter_id);

create table posts (
    id             uuid primary key,
    author_id      uuid not null references users on delete cascade,
    content        text not null check (length(content) between 1 and 5000),
    track_id       uuid references tracks on delete set null,
    -- Likes and comments of suspended members aren't counted: the rows that are not hidden.
    likes_count    integer not null default 0 check (likes_count >= 0),
    comments_count integer not null default 0 check (comments_count >= 0),
    created_at     timestamptz not null default now(),
    -- Trending posts are sorted by it. It doesn't depend on the present time: a post needs twice
    -- the points of one that is a day younger. A comment counts as two likes.
    score          double precision not null generated always as (
        ln(1 + likes_count + 2.0::double precision * comments_count) / ln(2.0::double precision)
        + extract(epoch from created_at at time zone 'UTC')::double precision / 86400
    ) stored,
    -- A post shows a track or a product, and outlives either.
    product_id     uuid references products on delete set null,
    constraint posts_shows_one check (track_id is null or product_id is null)
);

-- For the lists of a member, of all posts, and of trending posts.
create index posts_author_id on posts (author_id, created_at desc, id desc);
create index posts_created_at on posts (created_at desc, id desc);
create index posts_score on posts (score desc, id desc);
create index posts_track_id on posts (track_id) where track_id is not null;
create index posts_product_id on posts (product_id) where product_id is not null;

-- The newest post of each author, so that a feed finds the authors with the newest posts in one
-- read. Without a foreign key to posts, because a write here would wait for concurrent likes of the
-- post.
create table latest_posts (
    author_id  uuid primary key references users on delete cascade,
    post_id    uuid not null,
    created_at timestamptz not null
) with (fillfactor = 80);

-- The images of a post, in their order.
create table post_images (
    post_id  uuid not null references posts on delete cascade,
    image_id uuid not null unique references images on delete cascade,
    position smallint not null check (position between 0 and 3),
    primary key (post_id, position)
);

create table post_likes (
    post_id   uuid not null references posts on delete cascade,
    user_id   uuid not null references users on delete cascade,
    is_hidden boolean not null default false,
    liked_at  timestamptz not null default now(),
    primary key (post_id, user_id)
);

create index post_likes_user_id on post_likes (user_id, post_id);

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
