"""The official client's driver against the suite's own pages with that client's ids and texts.

Only a run with the client itself shows if it still has them; it is not part of the suite.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from conformance.clients.base import Entry, NotSupported
from conformance.clients.official.driver import OfficialClient
from conformance.stacks.programs import known as known_programs
from conformance.stacks.programs import tools

PROMPT = """
<div id="errorPage"><form onsubmit="event.preventDefault();
  if (secretKey.value) { errorPage.remove(); return; }
  const toast = document.createElement('div');
  toast.className = 'Toastify__toast Toastify__toast--error';
  toast.textContent = 'The security key cannot be empty.';
  document.body.append(toast);">
<label for="secretKey">Enter Security Key</label>
<input id="secretKey" type="password" name="secretKey"><button>Save</button></form></div>
"""
ERROR = """
<div id="errorPage"><div role="alert"><h2>Verification Failed!</h2><p>token expired</p></div></div>
"""
LANDING = """
<div id="startupJoinModal" role="dialog"><h3>Ready to join?</h3>
<button>Enable Microphone and Camera</button><button id="listenOnlyJoin">Join as a listener</button>
</div>
"""
ROOM = """
<header id="main-header"><div class="right">
  <button onclick="bell.hidden = !bell.hidden">bell</button>
  <div id="bell" class="notifications-panel" hidden>%s</div></div></header>
<div id="main-area"><div class="participants-panel" role="complementary"><ul
  class="all-participants-wrap"><li><p>alice (me)</p></li><li><p>bob</p></li></ul></div></div>
<footer id="main-footer"><button class="participants footer-icon"><span class="tooltip">Hide
  Participant List</span></button></footer>
"""
NOTICE = '<div class="notification"><div class="text"><p>Decryption error: </p></div></div>'

pytestmark = pytest.mark.browser


@pytest.fixture
def driver() -> OfficialClient:
    return OfficialClient()


@pytest.fixture
async def page(driver: OfficialClient) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=tools.find(known_programs.BROWSER).path, args=["--no-sandbox"]
        )
        context = await browser.new_context()
        for script in driver.init_scripts():
            await context.add_init_script(script)
        page = await context.new_page()
        await page.goto("data:text/html,<title>empty</title>")
        yield page
        await browser.close()


async def test_the_prompt_is_not_taken_for_an_error_page(
    driver: OfficialClient, page: Page
) -> None:
    await page.set_content(PROMPT)
    assert (await driver.entry(page, 5)).entry is Entry.PROMPT
    assert await driver.ended(page) is None


async def test_an_error_page_is_quoted_with_its_title_and_text(
    driver: OfficialClient, page: Page
) -> None:
    await page.set_content(ERROR)
    state = await driver.entry(page, 5)
    assert (state.entry, state.text) == (Entry.ERROR, "Verification Failed!: token expired")
    assert await driver.ended(page) == state.text


async def test_a_landing_page_is_recognised(driver: OfficialClient, page: Page) -> None:
    await page.set_content(LANDING)
    assert (await driver.entry(page, 5)).entry is Entry.LANDING


async def test_continuing_without_a_key_quotes_the_pages_refusal(
    driver: OfficialClient, page: Page
) -> None:
    await page.set_content(PROMPT)
    with pytest.raises(NotSupported, match="The security key cannot be empty"):
        await driver.give_secret(page, None)


async def test_a_key_is_typed_and_the_prompt_closes(driver: OfficialClient, page: Page) -> None:
    await page.set_content(PROMPT)
    await driver.give_secret(page, "ein Schlüssel")
    assert not await page.locator("#secretKey").count()


async def test_a_hanging_join_reports_the_pages_state(driver: OfficialClient, page: Page) -> None:
    await page.set_content(LANDING)
    with pytest.raises(PlaywrightTimeoutError, match="at the landing page: Ready to join"):
        await driver.join(page, 1)


async def test_a_join_stops_at_once_at_an_error_page(driver: OfficialClient, page: Page) -> None:
    await page.set_content(ERROR)
    with pytest.raises(PlaywrightTimeoutError, match="its error page: Verification Failed"):
        await driver.join(page, 20)


async def test_names_are_listed_without_the_mark_of_oneself(
    driver: OfficialClient, page: Page
) -> None:
    await page.set_content(ROOM % "")
    assert await driver.participants(page) == ["alice", "bob"]


async def test_a_decryption_error_that_no_toast_showed_is_found_behind_the_bell(
    driver: OfficialClient, page: Page
) -> None:
    await page.set_content(ROOM % NOTICE)
    async with driver.opened_errors(page) as places:
        (place,) = places
        assert place.where == "notifications"
        entry = page.locator(place.selector)
        assert await entry.is_visible()
        assert re.search(place.pattern, await entry.inner_text(), re.IGNORECASE)
    assert await page.locator(".notifications-panel").is_hidden()


async def test_no_error_is_shown_where_other_notices_are(
    driver: OfficialClient, page: Page
) -> None:
    await page.set_content(ROOM % NOTICE.replace("Decryption error: ", "bob joined"))
    async with driver.opened_errors(page) as places:
        (place,) = places
        text = await page.locator(place.selector).inner_text()
        assert not re.search(place.pattern, text, re.IGNORECASE)
