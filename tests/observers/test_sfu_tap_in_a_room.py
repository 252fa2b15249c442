"""In a plain room the SFU tap keeps every track as the SFU forwards it, and nobody is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from conformance.bench.core.alarm import HarnessAlarm
from conformance.bench.core.room import RoomFactory
from conformance.bench.crypto.sfu_ciphertext import plain_room_is_readable
from conformance.bench.sanity import sanity_check
from conformance.clients.browser import launch
from conformance.clients.reference import ReferenceDriver
from conformance.observers.sfu_tap import SfuTap, SfuTapFailed
from conformance.stacks.base import Endpoints
from conformance.stacks.embedded import EmbeddedStack
from conformance.stacks.programs.known import BROWSER
from conformance.stacks.programs.tools import find
from conformance.verdicts import Verdict

pytestmark = [pytest.mark.browser, pytest.mark.services]


async def test_the_frames_of_a_plain_room_are_kept_and_read(tmp_path: Path) -> None:
    async with EmbeddedStack(tmp_path / "logs") as stack, async_playwright() as playwright:
        browser = await launch(playwright, find(BROWSER).path)
        factory = RoomFactory(stack, browser, ReferenceDriver(), HarnessAlarm())
        finding = await sanity_check(factory, "first")
        assert finding.verdict is Verdict.PASS, finding.reason
        assert factory.plain is not None, factory.no_plain
        seen = await plain_room_is_readable(factory).look()
        assert seen.true, seen.words
        tracks = await factory.plain.tracks()
        assert {track.mime.lower() for track in tracks} == {"audio/opus", "video/vp8"}
        assert {track.encryption for track in tracks} == {"none"}
        assert all(
            track.frames[0].number == 0 and track.seen >= len(track.frames) for track in tracks
        )
        await browser.close()


async def test_a_missing_sfu_is_reported_in_one_sentence() -> None:
    nowhere = Endpoints("http://localhost:9", "key", "secret", livekit_url="http://localhost:9")
    async with async_playwright() as playwright:
        browser = await launch(playwright, find(BROWSER).path)
        with pytest.raises(SfuTapFailed, match="could not join the SFU"):
            await SfuTap.join(browser, nowhere, "a-room")
        await browser.close()
