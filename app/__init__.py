"""The ASGI app, its settings and the command line; imports everything below."""
