"""From files on disk to songs: tags, covers, objects in S3, rows in the catalogue."""
