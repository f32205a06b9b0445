-- Beginnings of words, of four letters and more, that very many rows have: an index would read the
-- lists of all words that begin so before it looks at another term. `term` is their most frequent
-- words in PostgreSQL's syntax, ('live' | 'lives' | …), whose lists it reads only where it must.
-- db/search/beginnings.py makes them anew with the vocabulary.
CREATE TABLE search_beginnings (
    beginning text COLLATE "C" PRIMARY KEY,
    term text NOT NULL
);
