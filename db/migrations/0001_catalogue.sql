-- The catalogue. Rules that keep it ready for many machines (docs/architecture.md):
-- every table has one distribution column (db/distribution.py) that is in each of its unique
-- keys; foreign keys stay within a shard; ids are made by the application; there are no triggers.
--
-- A row holds the ids of what it points to, as an array. The reverse, "the songs of an artist",
-- is a list table keyed by the parent, in reading order.

-- Numbers that make ids unique across processes, lent out for a while (db/ids.py).
CREATE TABLE node_leases (
    node smallint PRIMARY KEY CHECK (node BETWEEN 0 AND 1023),
    holder text,
    leased_until timestamptz NOT NULL
);
INSERT INTO node_leases (node, leased_until)
SELECT n, 'epoch' FROM generate_series(0, 1023) AS n;

CREATE TABLE users (
    id bigint PRIMARY KEY,
    user_name text NOT NULL,
    display_name text NOT NULL,
    created_at timestamptz NOT NULL
);

-- A claims table: its primary key is what must be unique across all shards of `users`.
CREATE TABLE user_names (
    name_key text COLLATE "C" PRIMARY KEY,
    user_id bigint NOT NULL
);

CREATE TABLE genres (
    id bigint PRIMARY KEY,
    slug text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL
);

-- Images by the sha256 of the original; the resized ones lie in S3 under that name.
CREATE TABLE covers (
    sha256 bytea PRIMARY KEY CHECK (length(sha256) = 32),
    width integer NOT NULL,
    height integer NOT NULL,
    dominant_color integer NOT NULL CHECK (dominant_color BETWEEN 0 AND 16777215),
    created_at timestamptz NOT NULL
);

CREATE TABLE artists (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    sort_name text NOT NULL,
    musicbrainz_id uuid,
    popularity integer NOT NULL DEFAULT 0 CHECK (popularity >= 0),
    created_at timestamptz NOT NULL
);

-- The same artist is made once: keys are `name:<normalised name>` and `mbid:<uuid>`.
CREATE TABLE artist_keys (
    key text COLLATE "C" PRIMARY KEY,
    artist_id bigint NOT NULL
);

CREATE TABLE albums (
    id bigint PRIMARY KEY,
    title text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('ALBUM', 'SINGLE', 'EP', 'COMPILATION')),
    artist_ids bigint[] NOT NULL,
    year smallint,
    cover_sha256 bytea,
    musicbrainz_id uuid,
    popularity integer NOT NULL DEFAULT 0 CHECK (popularity >= 0),
    created_at timestamptz NOT NULL
);

CREATE TABLE album_keys (
    key text COLLATE "C" PRIMARY KEY,
    album_id bigint NOT NULL
);

CREATE TABLE songs (
    id bigint PRIMARY KEY,
    title text NOT NULL,
    main_artist_ids bigint[] NOT NULL,
    featured_artist_ids bigint[] NOT NULL DEFAULT '{}',
    album_id bigint,
    disc_number smallint,
    track_number smallint,
    duration_ms integer NOT NULL CHECK (duration_ms > 0),
    year smallint,
    isrc text COLLATE "C",
    musicbrainz_recording_id uuid,
    explicit boolean NOT NULL DEFAULT false,
    genre_ids bigint[] NOT NULL DEFAULT '{}',
    cover_sha256 bytea,
    track_gain_db real,
    track_peak real,
    album_gain_db real,
    album_peak real,
    popularity integer NOT NULL DEFAULT 0 CHECK (popularity >= 0),
    withdrawn_at timestamptz,
    created_at timestamptz NOT NULL
);

-- The same recording is one song: keys are `isrc:…`, `mbid:…` and `tags:…`. A `tags` key holds
-- for recordings within two seconds of `duration_ms`.
CREATE TABLE song_keys (
    key text COLLATE "C" PRIMARY KEY,
    song_id bigint NOT NULL,
    duration_ms integer NOT NULL
);

CREATE TABLE song_lyrics (
    song_id bigint PRIMARY KEY REFERENCES songs ON DELETE CASCADE,
    language text,
    format text NOT NULL CHECK (format IN ('PLAIN', 'LRC')),
    body text NOT NULL
);

CREATE TABLE files (
    song_id bigint NOT NULL REFERENCES songs ON DELETE CASCADE,
    id bigint NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    object_key text NOT NULL,
    codec text NOT NULL CHECK (codec IN ('MP3', 'AAC', 'ALAC', 'FLAC', 'VORBIS', 'OPUS', 'PCM')),
    mime_type text NOT NULL,
    bitrate_kbps integer NOT NULL CHECK (bitrate_kbps > 0),
    sample_rate_hz integer NOT NULL CHECK (sample_rate_hz > 0),
    channels smallint NOT NULL CHECK (channels > 0),
    bit_depth smallint,
    duration_ms integer NOT NULL CHECK (duration_ms > 0),
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (song_id, id)
);

-- The same bytes are stored once.
CREATE TABLE file_contents (
    sha256 bytea PRIMARY KEY CHECK (length(sha256) = 32),
    song_id bigint NOT NULL,
    file_id bigint NOT NULL
);

-- What `tonearm ingest` has seen of a path, so that an unchanged tree is not read again.
CREATE TABLE ingested_paths (
    path_sha256 bytea PRIMARY KEY CHECK (length(path_sha256) = 32),
    size_bytes bigint NOT NULL,
    modified_ns bigint NOT NULL,
    content_sha256 bytea,
    problem text,
    CHECK ((content_sha256 IS NULL) <> (problem IS NULL))
);

-- List tables: keyed by the parent, in the order in which they are read.
CREATE TABLE artist_songs (
    artist_id bigint NOT NULL REFERENCES artists ON DELETE CASCADE,
    song_id bigint NOT NULL,
    popularity integer NOT NULL,
    PRIMARY KEY (artist_id, song_id)
);
CREATE INDEX artist_songs_by_popularity ON artist_songs (artist_id, popularity DESC, song_id DESC);

CREATE TABLE artist_albums (
    artist_id bigint NOT NULL REFERENCES artists ON DELETE CASCADE,
    album_id bigint NOT NULL,
    year smallint NOT NULL, -- 0 where it is unknown
    PRIMARY KEY (artist_id, album_id)
);
CREATE INDEX artist_albums_by_year ON artist_albums (artist_id, year DESC, album_id DESC);

CREATE TABLE album_songs (
    album_id bigint NOT NULL REFERENCES albums ON DELETE CASCADE,
    song_id bigint NOT NULL,
    disc_number smallint NOT NULL, -- 0 where it is unknown
    track_number smallint NOT NULL, -- 0 where it is unknown
    PRIMARY KEY (album_id, song_id)
);
CREATE INDEX album_songs_by_track
    ON album_songs (album_id, disc_number, track_number, song_id);

CREATE TABLE genre_songs (
    song_id bigint NOT NULL REFERENCES songs ON DELETE CASCADE,
    genre_id bigint NOT NULL REFERENCES genres,
    popularity integer NOT NULL,
    PRIMARY KEY (song_id, genre_id)
);
CREATE INDEX genre_songs_by_popularity ON genre_songs (genre_id, popularity DESC, song_id DESC);
