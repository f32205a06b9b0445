"""Signs objects' URLs as of three hours ago: they have ended since: `… expired.py URL…`."""

import asyncio
import sys
import time
from typing import Final
from urllib.parse import unquote, urlsplit

from app.services import make_signer, open_credentials
from app.settings import read_settings

AGE_SECONDS: Final = 3 * 3600


async def main(urls: list[str]) -> None:
    """Prints a URL a line."""
    settings = read_settings()
    async with open_credentials(settings) as credentials:
        signer = make_signer(settings, credentials)
        for url in urls:
            key = unquote(urlsplit(url).path).removeprefix(f"/{settings.s3_bucket}/")
            print(signer.sign(key, now=time.time() - AGE_SECONDS).url)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
