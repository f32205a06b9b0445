"""The short ones of `make chaos`, on one deployment with people who use it."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.chaos.faults import FAULTS, Disk, Fault, fill_disk, suffer
from tests.chaos.people import Crowd, crowd
from tests.chaos.servers import Deployment, deploy
from tests.chaos.uploads import STORAGE_FAULTS, Curator, StorageFault
from tests.conftest import server_directory

pytestmark = pytest.mark.xdist_group("chaos")


@pytest.fixture(scope="module")
async def deployed() -> AsyncGenerator[tuple[Deployment, Disk | None], None]:
    with server_directory() as directory, ExitStack() as mounted:
        disk = Disk.mount(directory / "postgres", 1_500)
        if disk is not None:
            mounted.callback(disk.unmount)
        async with deploy(directory) as deployment:
            yield deployment, disk


@pytest.fixture(scope="module")
async def people(deployed: tuple[Deployment, Any]) -> AsyncGenerator[Crowd, None]:
    deployment, _ = deployed
    async with crowd(deployment.url, deployment.songs) as people:
        yield people


@pytest.fixture(scope="module")
async def curator(deployed: tuple[Deployment, Any]) -> AsyncGenerator[Curator, None]:
    async with Curator(deployed[0]).signed_up() as curator:
        await curator.become()
        yield curator


@pytest.mark.parametrize(
    "fault", [pytest.param(fault, id=fault.name) for fault in FAULTS if fault.short]
)
async def test_what_was_acknowledged_outlives(
    fault: Fault, deployed: tuple[Deployment, Disk | None], people: Crowd, record_property: Any
) -> None:
    deployment, disk = deployed
    if fault.do is fill_disk and disk is None:
        pytest.skip("it takes root to mount a small disk")
    outcome = await suffer(fault, deployment, people)
    record_property("summary", outcome.row())
    assert outcome.broken_promises() == []


@pytest.mark.parametrize(
    "fault", [pytest.param(fault, id=fault.name) for fault in STORAGE_FAULTS if fault.short]
)
async def test_an_upload_outlives(fault: StorageFault, curator: Curator) -> None:
    told, _, at_last = await curator.suffer(fault)
    assert (told, at_last) == (fault.told, "ok")
