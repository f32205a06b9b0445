-- Podcasts. A show comes from a feed; its episodes lie with it, so a refresh is one shard's work.

CREATE TABLE shows (
    id bigint PRIMARY KEY,
    title text NOT NULL,
    author text NOT NULL,
    description text NOT NULL,
    language text,
    explicit boolean NOT NULL,
    categories text[] NOT NULL,
    link text,
    image_url text,
    cover_sha256 bytea CHECK (length(cover_sha256) = 32),
    popularity integer NOT NULL DEFAULT 0 CHECK (popularity >= 0),
    created_at timestamptz NOT NULL
);

-- The same show is made once: keys are `feed:<url>`, of each URL that its feed ever had, and
-- `guid:<podcast:guid>`.
CREATE TABLE show_keys (
    key text COLLATE "C" PRIMARY KEY,
    show_id bigint NOT NULL
);
CREATE INDEX show_keys_by_show ON show_keys (show_id);

-- Where a show comes from, and when to look again: what every refresh changes.
CREATE TABLE show_feeds (
    show_id bigint PRIMARY KEY REFERENCES shows ON DELETE CASCADE,
    url text, -- null: from a file, which is refreshed by adding it again
    etag text,
    last_modified text,
    body_sha256 bytea CHECK (length(body_sha256) = 32),
    newest_stored integer NOT NULL CHECK (newest_stored >= 0), -- that many lie in S3, others are linked
    refreshed_at timestamptz NOT NULL,
    due_at timestamptz, -- null: never again. While a worker refreshes, when another one may
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0), -- in a row
    problem text -- of the last attempt
);
CREATE INDEX show_feeds_due ON show_feeds (due_at, show_id) WHERE due_at IS NOT NULL;

CREATE TABLE episodes (
    show_id bigint NOT NULL REFERENCES shows ON DELETE CASCADE,
    id bigint NOT NULL,
    guid text COLLATE "C" NOT NULL,
    feed_digest bytea NOT NULL, -- of what the feed said: unchanged episodes are not written
    title text NOT NULL,
    description text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('FULL', 'TRAILER', 'BONUS')),
    season integer,
    number integer,
    explicit boolean NOT NULL,
    published_at timestamptz NOT NULL CHECK (published_at = date_trunc('second', published_at)),
    duration_ms integer CHECK (duration_ms > 0),
    link text,
    chapters_url text,
    enclosure_url text, -- null: only in S3, its feed is a file
    mime_type text NOT NULL,
    size_bytes bigint CHECK (size_bytes > 0),
    object_key text, -- null: linked
    created_at timestamptz NOT NULL,
    PRIMARY KEY (show_id, id),
    UNIQUE (show_id, guid)
);
CREATE INDEX episodes_by_published ON episodes (show_id, published_at DESC, id DESC);

-- How far a person has heard.
CREATE TABLE episode_progress (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    show_id bigint NOT NULL,
    episode_id bigint NOT NULL,
    position_ms integer NOT NULL CHECK (position_ms >= 0),
    completed boolean NOT NULL,
    heard_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, episode_id)
);
CREATE INDEX episode_progress_open ON episode_progress (user_id, heard_at DESC, episode_id DESC)
    WHERE NOT completed;

-- Shows can be saved.
ALTER TABLE library_items DROP CONSTRAINT library_items_kind_check;
ALTER TABLE library_items ADD CONSTRAINT library_items_kind_check
    CHECK (kind IN ('SONG', 'ARTIST', 'ALBUM', 'SHOW'));
