"""What can keep the embedded servers from starting: one line that says how to mend it."""


class EmbeddedError(Exception):
    """The embedded servers cannot be started."""


class AlreadyRunning(EmbeddedError):
    """Another process has already started the servers of this directory."""


class MissingPackage(EmbeddedError):
    """A package of the `embedded` extra is not installed."""


class NoAccount(EmbeddedError):
    """PostgreSQL refuses to run as root and there is no other account to run it as."""


class NotOurs(EmbeddedError):
    """The directory, or a file in it, belongs to another account."""


class IncompatibleData(EmbeddedError):
    """The data was written by another major version of the server."""


class ServerFailed(EmbeddedError):
    """A server ended, or was not ready in time; carries the end of its log."""
