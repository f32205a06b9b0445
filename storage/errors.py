"""What storage can answer other than objects. botocore's and aiohttp's exceptions stay below."""


class StorageError(Exception):
    """S3 could not do this."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class ObjectMissing(StorageError):
    """There is no object of this key."""


class BucketMissing(StorageError):
    """There is no bucket of this name."""


class RangeUnsatisfiable(StorageError):
    """The object ends before this range begins."""


class StorageUnavailable(StorageError):
    """S3 cannot be reached, or is too busy to answer."""


class StorageTimeout(StorageUnavailable):
    """S3 did not answer in time."""


class StorageDenied(StorageError):
    """S3 refuses these credentials, or they may not do this."""


class ClockSkewed(StorageDenied):
    """The clock of this machine and that of S3 differ by too much: set the clock (NTP)."""


class CredentialsMissing(StorageError):
    """No credentials for S3: give keys, or let the AWS chain (environment, role) provide them."""


class CredentialsExpired(StorageError):
    """The credentials for S3 have expired and could not be renewed."""


class ContentMismatch(StorageError):
    """The bytes are not those that were announced: the file changed, or the network did it."""
