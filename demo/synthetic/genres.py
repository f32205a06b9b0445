"""The genres of a synthetic catalogue; song documents name them by number, from 1."""

from typing import Final

GENRES: Final = (
    "Pop", "Rock", "Hip-Hop", "R&B", "Soul", "Jazz", "Blues", "Country", "Folk", "Electronic",
    "House", "Techno", "Trance", "Drum & Bass", "Dubstep", "Ambient", "Classical", "Opera",
    "Metal", "Punk", "Indie", "Alternative", "Reggae", "Dancehall", "Ska", "Latin", "Salsa",
    "Bossa Nova", "Samba", "Flamenco", "Fado", "Chanson", "Schlager", "K-Pop", "J-Pop", "Mandopop",
    "Arabesque", "Afrobeat", "Gospel", "Soundtrack",
)  # fmt: skip
