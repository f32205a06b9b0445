"""A small library of playable music, made by its own generator."""
