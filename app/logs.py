"""Logs: one line each, to standard error."""

import logging


def configure_logging(level: str) -> None:
    logging.basicConfig(
        level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    # What they say at INFO (keys found, connections opened) is no one's business.
    for noisy in ("botocore", "aiobotocore", "aioboto3", "aiohttp"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
