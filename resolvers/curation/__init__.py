"""What curators do to songs, albums and artists: edit, merge, delete, and see who has done what."""
