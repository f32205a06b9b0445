"""From files on disk to songs: tags, covers, objects in S3, rows in the catalogue."""

from ingest.catalogue import Outcome
from ingest.run import Event, Finished, Found, Remark, Summary, ingest

__all__ = ["Event", "Finished", "Found", "Outcome", "Remark", "Summary", "ingest"]
