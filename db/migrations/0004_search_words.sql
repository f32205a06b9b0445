-- The vocabulary that typing errors are corrected by: every word of the search rows, with how many
-- rows have it. A write adds its new words; db/search/vocabulary.py counts them anew.
CREATE TABLE search_words (
    word text COLLATE "C" NOT NULL,
    frequency integer NOT NULL,
    PRIMARY KEY (word) INCLUDE (frequency)
);

-- Words by their endings: two errors in a long word leave its first or its last letters alone.
CREATE INDEX search_words_by_ending ON search_words (reverse(word)) INCLUDE (word, frequency);

-- Other names of artists: another script, a former or a short name. `alias_norm` is in normal form.
CREATE TABLE artist_aliases (
    artist_id bigint NOT NULL REFERENCES artists ON DELETE CASCADE,
    alias_norm text COLLATE "C" NOT NULL,
    alias text NOT NULL,
    PRIMARY KEY (artist_id, alias_norm)
);
