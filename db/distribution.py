"""Where the rows of each table live on a cluster: the column that decides the shard."""

from typing import Final

REFERENCE: Final = "reference"
"""A copy on every node; any unique key, and foreign keys to it from everywhere."""

LOCAL: Final = "local"
"""On the coordinator only: small, and never joined with the others."""

DISTRIBUTION: Final[dict[str, str]] = {
    "accounts": "user_id",
    "album_keys": "key",
    "album_search": "id",
    "album_search_bulk": "id",
    "album_songs": "album_id",
    "albums": "id",
    "artist_albums": "artist_id",
    "artist_aliases": "artist_id",
    "artist_keys": "key",
    "artist_search": "id",
    "artist_search_bulk": "id",
    "artist_songs": "artist_id",
    "artists": "id",
    "covers": "sha256",
    "episode_places": "id",
    "episode_progress": "user_id",
    "episode_search": "id",
    "episode_search_bulk": "id",
    "episodes": "show_id",
    "file_contents": "sha256",
    "files": "song_id",
    "genre_songs": "song_id",
    "genres": REFERENCE,
    "ingested_paths": "path_sha256",
    "library_items": "user_id",
    "mailed_codes": "user_id",
    "node_leases": LOCAL,
    "play_counts": "id",
    "playback_queues": "user_id",
    "playlist_collaborators": "user_id",
    "playlist_entries": "user_id",
    "playlist_search": "id",
    "playlist_search_bulk": "id",
    "playlists": "user_id",
    "plays": "user_id",
    "public_playlists": "id",
    "saved_playlists": "user_id",
    "schema_migrations": LOCAL,
    "search_beginnings": REFERENCE,
    "search_renames": "id",
    "search_state": REFERENCE,
    "search_words": REFERENCE,
    "sessions": "user_id",
    "show_feeds": "show_id",
    "show_keys": "key",
    "show_search": "id",
    "show_search_bulk": "id",
    "shows": "id",
    "song_keys": "key",
    "song_lyrics": "song_id",
    "song_search": "id",
    "song_search_bulk": "id",
    "songs": "id",
    "uploads": "user_id",
    "user_emails": "email_key",
    "user_names": "name_key",
    "user_subjects": "subject_key",
    "users": "id",
}
"""Distribution column of each table, or `REFERENCE` or `LOCAL`. Tables with the same kind of id
in that column are co-located: `files.song_id` lies with `songs.id`."""
