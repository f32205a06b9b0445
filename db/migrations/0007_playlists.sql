-- Playlists lie with their owner: `user_id` is whose they are, and part of their global id.

CREATE TABLE playlists (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    id bigint NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    visibility text COLLATE "C" NOT NULL CHECK (visibility IN ('PRIVATE', 'UNLISTED', 'PUBLIC')),
    share_token bytea CHECK (length(share_token) = 16), -- opens an unlisted playlist
    invite_token bytea CHECK (length(invite_token) = 16), -- lets people join a collaborative one
    revision integer NOT NULL,
    entry_count integer NOT NULL CHECK (entry_count >= 0),
    duration_ms bigint NOT NULL CHECK (duration_ms >= 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    CHECK ((visibility = 'UNLISTED') = (share_token IS NOT NULL))
);

-- `position` is an order key (db/order_keys.py): putting an entry between two others writes that
-- entry alone.
CREATE TABLE playlist_entries (
    user_id bigint NOT NULL,
    playlist_id bigint NOT NULL,
    id bigint NOT NULL,
    song_id bigint NOT NULL,
    added_by bigint NOT NULL,
    added_at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    position text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, playlist_id, id),
    FOREIGN KEY (user_id, playlist_id) REFERENCES playlists ON DELETE CASCADE
);
CREATE INDEX playlist_entries_in_order
    ON playlist_entries (user_id, playlist_id, position, id);

CREATE TABLE playlist_collaborators (
    user_id bigint NOT NULL,
    playlist_id bigint NOT NULL,
    collaborator_id bigint NOT NULL,
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, playlist_id, collaborator_id),
    FOREIGN KEY (user_id, playlist_id) REFERENCES playlists ON DELETE CASCADE
);

-- The other side: playlists of others that a person has joined or saved.
CREATE TABLE saved_playlists (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    playlist_id bigint NOT NULL,
    owner_id bigint NOT NULL,
    share_token bytea, -- what opened it when it was saved
    added_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, playlist_id)
);
CREATE INDEX saved_playlists_by_time
    ON saved_playlists (user_id, added_at DESC, playlist_id DESC);
