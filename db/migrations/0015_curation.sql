-- What curators change: edits, merges, deletions; uploads in parts; covers of playlists.

ALTER TABLE songs ADD COLUMN revision integer NOT NULL DEFAULT 1; -- grows with every edit
ALTER TABLE albums ADD COLUMN revision integer NOT NULL DEFAULT 1;
ALTER TABLE artists ADD COLUMN revision integer NOT NULL DEFAULT 1;

-- What an id stands for that is not in the catalogue any more: what it was merged into, which is
-- itself in the catalogue; null when it was deleted. People's rows may have such ids until
-- `settled_at`. A copy on every node, since statements about people look into it.
CREATE TABLE redirects (
    id bigint PRIMARY KEY,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('SONG', 'ARTIST', 'ALBUM')),
    target_id bigint,
    created_at timestamptz NOT NULL,
    settled_at timestamptz
);
CREATE INDEX redirects_by_target ON redirects (target_id) WHERE target_id IS NOT NULL;
CREATE INDEX redirects_open ON redirects (target_id, id) WHERE settled_at IS NULL;

-- The walk through all people that puts what is kept in place of what was merged into it
-- (docs/decisions/0026). One row while there is one: the people up to `after_user_id` are done.
CREATE TABLE redirect_walks (
    one boolean PRIMARY KEY CHECK (one),
    redirect_ids bigint[] NOT NULL,
    after_user_id bigint NOT NULL
);

-- Albums and artists that are being deleted together with their songs.
CREATE TABLE deletions (
    id bigint PRIMARY KEY,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('ARTIST', 'ALBUM'))
);

-- Contents that nothing in the catalogue may need any more: their objects are to be deleted from
-- S3 unless something does.
CREATE TABLE unneeded_contents (
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('AUDIO', 'COVER')),
    object_key text, -- of audio
    PRIMARY KEY (sha256, kind)
);

-- Who has changed what.
CREATE TABLE catalogue_edits (
    item_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('SONG', 'ARTIST', 'ALBUM')),
    action text COLLATE "C" NOT NULL
        CHECK (action IN ('UPDATED', 'MERGED', 'WITHDRAWN', 'RESTORED', 'DELETED')),
    editor_id bigint NOT NULL,
    edited_at timestamptz NOT NULL,
    changes text NOT NULL, -- JSON: [[field, before, after], …], where null is nothing
    PRIMARY KEY (item_id, id)
);
CREATE INDEX catalogue_edits_by_id ON catalogue_edits (id DESC);

-- What refers to something that is merged or deleted.
CREATE INDEX song_keys_by_song ON song_keys (song_id);
CREATE INDEX artist_keys_by_artist ON artist_keys (artist_id);
CREATE INDEX album_keys_by_album ON album_keys (album_id);
CREATE INDEX album_songs_by_song ON album_songs (song_id);
CREATE INDEX songs_by_cover ON songs (cover_sha256) WHERE cover_sha256 IS NOT NULL;
CREATE INDEX albums_by_cover ON albums (cover_sha256) WHERE cover_sha256 IS NOT NULL;
CREATE INDEX shows_by_cover ON shows (cover_sha256) WHERE cover_sha256 IS NOT NULL;
CREATE INDEX episodes_by_object ON episodes (object_key) WHERE object_key IS NOT NULL;

-- An upload in parts has S3's id of it; `part_sha256s` are the digests of the parts, one after the
-- other, where they were announced.
ALTER TABLE uploads
    ADD COLUMN purpose text COLLATE "C" NOT NULL DEFAULT 'SONG'
        CHECK (purpose IN ('SONG', 'PLAYLIST_COVER')),
    ADD COLUMN multipart_id text,
    ADD COLUMN part_sha256s bytea;
CREATE INDEX uploads_by_end ON uploads (expires_at);

ALTER TABLE playlists ADD COLUMN cover_sha256 bytea CHECK (length(cover_sha256) = 32);
CREATE INDEX playlists_by_cover ON playlists (cover_sha256) WHERE cover_sha256 IS NOT NULL;
