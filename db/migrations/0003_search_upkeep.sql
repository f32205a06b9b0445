-- Tiers for a catalogue of 100 million songs: the ones beyond the third hold at most 25 million
-- rows each, so that the slowest search does not grow with the catalogue.
CREATE TABLE song_search_5 PARTITION OF song_search FOR VALUES IN (5);
CREATE TABLE song_search_6 PARTITION OF song_search FOR VALUES IN (6);
CREATE TABLE song_search_7 PARTITION OF song_search FOR VALUES IN (7);
CREATE TABLE song_search_8 PARTITION OF song_search FOR VALUES IN (8);
CREATE TABLE artist_search_5 PARTITION OF artist_search FOR VALUES IN (5);
CREATE TABLE artist_search_6 PARTITION OF artist_search FOR VALUES IN (6);
CREATE TABLE artist_search_7 PARTITION OF artist_search FOR VALUES IN (7);
CREATE TABLE artist_search_8 PARTITION OF artist_search FOR VALUES IN (8);
CREATE TABLE album_search_5 PARTITION OF album_search FOR VALUES IN (5);
CREATE TABLE album_search_6 PARTITION OF album_search FOR VALUES IN (6);
CREATE TABLE album_search_7 PARTITION OF album_search FOR VALUES IN (7);
CREATE TABLE album_search_8 PARTITION OF album_search FOR VALUES IN (8);

-- Where the tiers end as they stand: popularity and id of the last row of each tier but the last,
-- 0 and 0 where there were too few rows. `bounds` is the same of a rebuild under way.
ALTER TABLE search_state
    ADD COLUMN tier_bounds bigint[] NOT NULL DEFAULT '{0,0,0,0,0,0,0,0,0,0,0,0,0,0}',
    ADD COLUMN moved bigint NOT NULL DEFAULT 0, -- rows put behind those of a tier since
    -- A rebuild under way that makes the rows anew from the catalogue: COPYING while they go into
    -- the table for bulk loads, COPIED when that has them all.
    ADD COLUMN remake text COLLATE "C" CHECK (remake IN ('COPYING', 'COPIED')),
    ADD COLUMN rebuilt_at timestamptz,
    ADD COLUMN refreshed_at timestamptz;

-- A rebuild that was interrupted under the migration before has other bounds: begin it anew.
UPDATE search_state SET bounds = NULL;

-- Artists and albums whose songs are to be made findable anew, since their name has changed. Songs
-- up to `done_id` are done.
CREATE TABLE search_renames (
    id bigint NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('artist', 'album')),
    done_id bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (id, kind)
);

-- Rows on their way into the tiers, without indexes: the next rebuild takes them along.
CREATE TABLE song_search_bulk (LIKE song_search);
CREATE TABLE artist_search_bulk (LIKE artist_search);
CREATE TABLE album_search_bulk (LIKE album_search);
