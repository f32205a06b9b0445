"""Podcasts: from the URL of a feed to a show whose episodes play."""
