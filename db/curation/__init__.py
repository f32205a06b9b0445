"""What curators do to the catalogue: `songs`, `albums` and `artists` are edited, merged, deleted.

Who changes something has locked it (`lock_…`), and then reads it.
"""
