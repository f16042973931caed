create table posts (
    id             uuid primary key,
    author_id      uuid not null references users on delete cascade,
    content        text not null check (length(content) between 1 and 5000),
    -- A post outlives its track.
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
    ) stored
);

-- For the lists of a member, of all posts, and of trending posts.
create index posts_author_id on posts (author_id, created_at desc, id desc);
create index posts_created_at on posts (created_at desc, id desc);
create index posts_score on posts (score desc, id desc);
create index posts_track_id on posts (track_id) where track_id is not null;

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
