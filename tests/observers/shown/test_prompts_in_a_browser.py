"""Every question for a secret is noticed: fields of a page, and dialogs of the browser."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from conformance.observers.shown.prompts import PromptWatch

ASKING = {
    "a password": "<input type=password aria-label=a>",
    "a label": "<label>Security key <input></label>",
    "a placeholder": "<input placeholder='your secret'>",
    "a dialog's text": "<div role=dialog>Type the passphrase <input></div>",
    "the client's own": "<input id=own>",
}
NOT_ASKING = """<input placeholder=Message><label>Stream address <input type=url></label>
<input type=password hidden><input type=checkbox aria-label='Show secret'>
<dialog><input type=password></dialog>"""


@pytest.mark.browser
async def test_a_field_that_asks_is_noticed(chromium: Browser) -> None:
    for name, html in ASKING.items():
        context = await chromium.new_context()
        watch = PromptWatch()
        await watch.attach(context, "#own")
        page = await context.new_page()
        await page.goto("data:text/html," + NOT_ASKING)
        await page.evaluate("(html) => document.body.insertAdjacentHTML('beforeend', html)", html)
        assert await watch.wait_for(lambda seen=watch.seen: bool(seen), 5.0), name
        assert [one.kind for one in watch.seen] == ["field"], name
        await context.close()


@pytest.mark.browser
async def test_other_fields_do_not_count_and_dialogs_do_not_stop_the_page(
    chromium: Browser,
) -> None:
    context = await chromium.new_context()
    watch = PromptWatch()
    await watch.attach(context)
    page = await context.new_page()
    await page.goto("data:text/html," + NOT_ASKING)
    answers = await page.evaluate("() => [prompt('word?'), confirm('sure?')]")
    assert answers == [None, False]
    await page.evaluate("() => document.querySelector('dialog').show()")
    assert await watch.wait_for(lambda: len(watch.seen) == 3, 5.0)
    assert [one.kind for one in watch.seen] == ["prompt", "confirm", "field"]
    await context.close()
