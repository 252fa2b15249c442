"""A real embedded stack for each test file."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from conformance.stacks.embedded import EmbeddedStack


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedStack]:
    page = tmp_path_factory.mktemp("page")
    (page / "index.html").write_text("<title>page</title>")
    async with EmbeddedStack(tmp_path_factory.mktemp("stack"), client_files=page) as running:
        yield running
