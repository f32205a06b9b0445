-- What a person has heard. `id` is made by the client, so that a report may be sent again.

CREATE TABLE plays (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    id uuid NOT NULL,
    song_id bigint NOT NULL,
    artist_ids bigint[] NOT NULL, -- the main ones, when it was heard
    started_at timestamptz NOT NULL,
    heard_until timestamptz NOT NULL,
    heard_ms integer NOT NULL CHECK (heard_ms >= 0),
    -- What counts of that; 0 until it is a play. No person's credit exceeds the wall clock.
    credited_ms integer NOT NULL CHECK (credited_ms BETWEEN 0 AND heard_ms),
    completed boolean NOT NULL,
    rolled_up boolean NOT NULL, -- whether `play_counts` has it
    PRIMARY KEY (user_id, id),
    CHECK (heard_until >= started_at)
);
CREATE INDEX plays_by_time ON plays (user_id, started_at DESC, id DESC);
CREATE INDEX plays_to_roll_up ON plays (user_id, id) WHERE credited_ms > 0 AND NOT rolled_up;

-- How often songs, artists and albums were played. `published` is how much of that their
-- popularity, the lists and search have; the next publication is due a tenth later.
CREATE TABLE play_counts (
    id bigint PRIMARY KEY,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('SONG', 'ARTIST', 'ALBUM')),
    plays bigint NOT NULL,
    published bigint NOT NULL
);
CREATE INDEX play_counts_due ON play_counts (kind, id)
    WHERE plays > published AND plays * 10 >= published * 11;

-- The queue that follows a person from device to device, and where it stands.
CREATE TABLE playback_queues (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    revision integer NOT NULL,
    song_ids bigint[] NOT NULL,
    current_index integer NOT NULL CHECK (current_index >= 0),
    position_ms integer NOT NULL CHECK (position_ms >= 0), -- at `updated_at`
    playing boolean NOT NULL,
    device text,
    updated_at timestamptz NOT NULL
);
