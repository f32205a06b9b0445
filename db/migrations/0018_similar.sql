-- What people listen to together, counted batch by batch. Numbers are of songs and of artists alike:
-- no song has the number of an artist.

-- Whose plays are to be counted, and the songs and artists that were, the latest first. A person
-- counts once for each pair of things that are in their list together.
CREATE TABLE similar_listeners (
    user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    due boolean NOT NULL,
    song_ids bigint[] NOT NULL DEFAULT '{}',
    artist_ids bigint[] NOT NULL DEFAULT '{}'
);
CREATE INDEX similar_listeners_due ON similar_listeners (user_id) WHERE due;

-- How many people listened to both; each pair is there twice, once with each of the two first.
CREATE TABLE listened_pairs (
    id bigint NOT NULL,
    other_id bigint NOT NULL,
    listeners integer NOT NULL,
    PRIMARY KEY (id, other_id)
) WITH (fillfactor = 90);

-- How many people listened to one. `published` is how many its row of `similar_items` knows of.
CREATE TABLE listened_totals (
    id bigint PRIMARY KEY,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('SONG', 'ARTIST')),
    listeners bigint NOT NULL,
    published bigint NOT NULL
);
CREATE INDEX listened_totals_due ON listened_totals (kind, id)
    WHERE listeners > published
      AND (listeners * 10 >= published * 11 OR listeners - published >= 1000);

-- What goes best with a song or an artist, the best first, at most 50.
CREATE TABLE similar_items (
    id bigint PRIMARY KEY,
    other_ids bigint[] NOT NULL
);

-- For those of whom nothing is known yet.
CREATE INDEX songs_by_popularity ON songs (popularity DESC, id DESC)
    WHERE popularity > 0 AND withdrawn_at IS NULL;
