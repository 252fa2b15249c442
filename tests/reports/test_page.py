"""The page shows the run correctly, is self-contained, and runs no code of a subject."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Final, Literal

import pytest
from PIL import Image
from playwright.async_api import Browser, async_playwright
from sample_run import MIXED, finding, findings, results

from conformance.catalogue import catalogue
from conformance.clients.browser import launch
from conformance.judging import run_verdict
from conformance.reports.html.page import page
from conformance.reports.html.pictures import BUDGET, inline
from conformance.reports.html.plot import plots
from conformance.reports.model import Series, Shot
from conformance.reports.write import write_report
from conformance.verdicts import SANITY, Evidence, Verdict

SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
HOSTILE = "</style></details><script>window.pwned=1</script><img src=x onerror='window.pwned=1'>"


def test_every_judged_requirement_is_beside_the_articles_sentence(tmp_path: Path) -> None:
    html = page(results(), tmp_path)
    for judgement in results().verdict.judgements:
        if judgement.requirement != SANITY:
            assert f'id="{judgement.requirement}"' in html
    assert "They will see decryption error messages" in html
    assert f"All {len(catalogue().expected())} judged promises" in html


def test_unjudged_requirements_are_listed_with_reasons_and_are_not_green(
    tmp_path: Path, waiting: str
) -> None:
    html = page(results([f for f in findings() if f.requirement != waiting]), tmp_path)
    assert f"1 of {len(catalogue().requirements)} promises of the catalogue" in html
    assert f"<dt>{waiting}</dt>" in html
    assert f'id="{waiting}"' not in html


def test_an_inconclusive_run_is_not_green(tmp_path: Path) -> None:
    found = [f for f in findings() if f.requirement != "WRONG-2"]
    html = page(results(found), tmp_path)
    assert '<header class="card hero v-inconclusive">' in html
    assert "no check of this run judged it" in html


def test_partial_and_broken_runs_say_so_at_the_top(tmp_path: Path) -> None:
    found = [finding("WRONG-2")]
    run = results(found).model_copy(
        update={
            "verdict": run_verdict(found, partial=True),
            "selection": "wrong_key",
            "broken_rules": ["publish-encrypted"],
        }
    )
    html = page(run, tmp_path)
    assert "Partial run." in html
    assert "Broken on purpose:" in html
    assert "not selected" in html


def test_a_waiver_is_shown_with_its_reason_and_link(tmp_path: Path) -> None:
    html = page(results(MIXED), tmp_path)
    assert html.count("known in 2.4.0 (https://example.org/issues/7, until 2027-01-31)") == 2


def test_hostile_names_and_messages_stay_text(tmp_path: Path) -> None:
    bad = finding("WRONG-6", verdict=Verdict.FAIL, reason=HOSTILE, waiver=HOSTILE)
    bad.controls.append(HOSTILE)
    bad.evidence.append(
        Evidence(kind=HOSTILE, summary=HOSTILE, path="javascript:alert(1)", data={HOSTILE: HOSTILE})
    )
    run = results([bad])
    run.versions[HOSTILE] = HOSTILE
    run.series.append(
        Series(room=HOSTILE, viewer=HOSTILE, viewer_key="wrong", sender=HOSTILE, sender_key="none")
    )
    run.shots.append(Shot(caption=HOSTILE, room=HOSTILE, participant=HOSTILE, path=HOSTILE))
    html = page(run, tmp_path)
    assert "<script" not in html
    assert "onerror='" not in html
    assert 'href="javascript' not in html


def test_a_screenshot_outside_the_run_folder_is_not_shown(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "secret.png")
    (tmp_path / "run").mkdir()
    shot = Shot(caption="", room="simple", participant="alice", path="../secret.png")
    assert inline([shot], tmp_path / "run")[0].uri is None


def test_the_page_stays_small_however_many_screenshots_there_are(tmp_path: Path) -> None:
    noise = Image.frombytes("RGB", (800, 500), os.urandom(800 * 500 * 3))
    noise.save(tmp_path / "noise.png", compress_level=0)
    shot = Shot(caption="noise", room="simple", participant="alice", path="noise.png")
    html = page(results().model_copy(update={"shots": [shot] * 40}), tmp_path)
    assert BUDGET < 4_000_000
    assert len(html) < 5_000_000


def test_the_plot_has_a_line_for_each_pair_and_says_the_same_in_words() -> None:
    simple, zero = plots(results().series)
    assert [len(simple.lines), len(zero.lines)] == [2, 12]
    assert [legend.name for legend in zero.legend] == ["right key", "wrong key", "no key"]
    assert "mallory sees nothing of alice, bob, nemo" in zero.legend[1].entries
    assert all(re.match(r"^M[\d.]+ [\d.]+L", line.path) for line in zero.lines)


@pytest.mark.parametrize("points", [[], [(0.0, 0)], [(0.0, 1)], [(1e-9, 1), (1e6, 10**6)]])
def test_the_plot_takes_any_series(points: list[tuple[float, int]]) -> None:
    one = Series(
        room="r", viewer="a", viewer_key="right", sender="b", sender_key="right", points=points
    )
    [plot] = plots([one])
    assert len(plot.y_ticks) < 12
    assert len(plot.x_ticks) < 12


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@pytest.mark.browser
async def test_the_page_opens_without_errors_requests_or_overflow(
    chromium: Browser, tmp_path: Path
) -> None:
    run = results(MIXED, folder=tmp_path)
    run.findings[-1].controls.append("x" * 400)
    path = write_report(run, tmp_path)
    for width, scheme in product((1280, 400), SCHEMES):
        tab = await chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        noise: list[str] = []
        requests: list[str] = []
        tab.on("console", lambda message, kept=noise: kept.append(message.text))
        tab.on("pageerror", lambda error, kept=noise: kept.append(str(error)))
        tab.on("request", lambda request, kept=requests: kept.append(request.url))
        await tab.goto(path.as_uri())
        assert await tab.get_by_role("heading", name="Does not conform", level=1).is_visible()
        assert await tab.locator("#WRONG-6[open]").is_visible()
        await tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        overflow = await tab.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{width} px, {scheme}"
        # A column that is narrower than a word has collapsed; this is no overflow.
        narrowest = await tab.evaluate(
            "Math.min(...[...document.querySelectorAll('.row>summary>div:nth-child(2)')]"
            ".map(e => e.getBoundingClientRect().width))"
        )
        assert narrowest > 200, f"{width} px, {scheme}"
        assert await tab.locator("figure img").count() == 6
        loaded = "[...document.images].every(i => i.complete && i.naturalWidth > 0)"
        assert await tab.evaluate(loaded)
        assert noise == []
        assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
        await tab.close()


@pytest.mark.browser
async def test_a_hostile_run_executes_nothing_in_the_browser(
    chromium: Browser, tmp_path: Path
) -> None:
    bad = finding("WRONG-6", verdict=Verdict.FAIL, reason=HOSTILE)
    path = write_report(results([bad]), tmp_path)
    tab = await chromium.new_page()
    await tab.goto(path.as_uri())
    assert await tab.evaluate("window.pwned") is None
    assert await tab.get_by_text("<script>window.pwned=1</script>").first.is_visible()
