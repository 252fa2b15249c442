"""A text of a page is read by its pixels: what a person cannot read does not count."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page

from conformance.observers.shown.errors import Place, entries, init_script
from conformance.observers.shown.legible import Reading, read

PAGE = """<!doctype html><style>
  body {{ margin: 0; background: #f4f6f7; font: 15px sans-serif; }}
  #box {{ margin: 20px; padding: 8px; background: #fdeceb; color: #9d1c13; {box} }}
  #text {{ font-size: 13px; {text} }}
</style><div id=box><p id=text>A message cannot be decrypted: your secrets differ.</p></div>{more}
"""

CANNOT_BE_READ = {
    "opacity of the text": {"text": "opacity: 0.013"},
    "opacity around it": {"box": "opacity: 0.02"},
    "not visible": {"text": "visibility: hidden"},
    "not displayed": {"text": "display: none"},
    "the color of the ground": {"text": "color: #fdeceb"},
    "nearly that color": {"text": "color: #f9dcda"},
    "a tiny font": {"text": "font-size: 1px"},
    "scaled down": {"text": "transform: scale(0.07)"},
    "scaled to nothing": {"text": "transform: scale(0)"},
    "left of the window": {"text": "position: fixed; left: -4000px; top: 10px"},
    "above the page": {"text": "position: absolute; top: -300px"},
    "indented away": {"text": "text-indent: -9999px; overflow: hidden"},
    "clipped": {"text": "clip-path: inset(0 0 0 95%)"},
    "in a box without height": {"box": "height: 0; padding: 0; overflow: hidden"},
    "below the end of a box that does not scroll": {
        "box": "height: 30px; overflow: hidden", "text": "margin-top: 200px"
    },
    "behind its ground": {"text": "position: relative; z-index: -1"},
    "blurred": {"text": "filter: blur(9px)"},
    "covered": {
        "more": "<div style='position:fixed;inset:0;background:#333;pointer-events:none'></div>"
    },
}  # fmt: skip

CAN_BE_READ = {
    "as it is": {},
    "gray on white, as toasts are": {"box": "background: #fff", "text": "color: #757575"},
    "white on dark": {"box": "background: #40100c", "text": "color: #ffb4ac"},
    "below the window": {"box": "margin-top: 3000px"},
    "in a box that scrolls": {
        "box": "height: 30px; overflow: auto", "text": "margin-top: 200px"
    },
    "an animation that brings it": {
        "text": "animation: 0.4s come", "more": "<style>@keyframes come {from {opacity: 0}}</style>"
    },
    "half opaque": {"text": "opacity: 0.85"},
}  # fmt: skip


async def reading(browser: Browser, part: dict[str, str]) -> Reading:
    page = await browser.new_page(viewport={"width": 1000, "height": 600})
    try:
        await page.set_content(PAGE.format(**{"box": "", "text": "", "more": "", **part}))
        element = await page.query_selector("#text")
        assert element is not None
        before = await page.evaluate("document.documentElement.outerHTML")
        found = await read(page, element)
        assert await page.evaluate("document.documentElement.outerHTML") == before
        assert await page.evaluate("scrollY") == 0
        return found
    finally:
        await page.close()


@pytest.mark.browser
async def test_what_nobody_can_read_does_not_count(chromium: Browser) -> None:
    found = {name: await reading(chromium, part) for name, part in CANNOT_BE_READ.items()}
    assert {name: one.words for name, one in found.items() if one.legible} == {}
    assert "opacity 0.013" in found["opacity of the text"].why
    assert "outside of the window" in found["left of the window"].why


@pytest.mark.browser
async def test_what_a_person_can_read_counts(chromium: Browser) -> None:
    found = {name: await reading(chromium, part) for name, part in CAN_BE_READ.items()}
    assert {name: one.words for name, one in found.items() if not one.legible} == {}
    assert "decrypted" in found["as it is"].text


async def opened(browser: Browser) -> Page:
    page = await browser.new_page()
    await page.add_init_script(init_script([Place("list", "li", "decrypt")]))
    await page.goto("data:text/html,<ul></ul>")
    return page


@pytest.mark.browser
async def test_entries_are_remembered_when_they_are_gone(chromium: Browser) -> None:
    page = await opened(chromium)
    await page.evaluate(
        """() => {
          document.querySelector('ul').innerHTML =
            '<li>cannot decrypt</li><li>hello</li><li style="opacity:0">decrypt</li>';
        }"""
    )
    first, hidden = await entries(page)
    assert (first.where, first.text, first.drawn, first.gone) == (
        "list",
        "cannot decrypt",
        True,
        None,
    )
    assert not hidden.drawn
    await page.evaluate("() => { document.querySelector('li').textContent = 'cannot decrypt 2' }")
    changed = (await entries(page))[0]
    assert changed.text == "cannot decrypt 2"
    assert changed.changed < changed.came
    await page.evaluate("() => document.querySelector('li').remove()")
    gone = (await entries(page))[0]
    assert gone.gone is not None
    await page.close()
