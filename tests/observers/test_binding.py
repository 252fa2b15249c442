"""Messages of a page's binding arrive from every page and document, whatever they contain."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext

from conformance.observers.binding import add_binding
from conformance.observers.notifier import Notifier

pytestmark = pytest.mark.browser
WITHIN = 10.0


class Heard(Notifier):
    def __init__(self) -> None:
        super().__init__()
        self.all: list[Any] = []

    def take(self, news: Any) -> None:
        self.all.append(news)
        self.notify()

    async def has(self, news: Any) -> bool:
        return await self.wait_for(lambda: news in self.all, WITHIN)


async def serve_anything(context: BrowserContext) -> None:
    await context.route("**", lambda route: route.fulfill(body="", content_type="text/html"))


async def test_every_document_of_a_page_can_send(chromium: Browser) -> None:
    async with await chromium.new_context() as context:
        heard = Heard()
        page = await context.new_page()
        await add_binding(context, "__tell", heard.take)
        await context.add_init_script("window.__tell(JSON.stringify([location.host]))")
        await serve_anything(context)
        for host in ("localhost", "example.org"):  # another site runs in another process
            await page.goto(f"http://{host}/")
            assert await heard.has([host])
        before = len(heard.all)
        await page.reload()
        assert await heard.wait_for(lambda: len(heard.all) > before, WITHIN)


async def test_a_later_page_can_send(chromium: Browser) -> None:
    async with await chromium.new_context() as context:
        heard = Heard()
        await add_binding(context, "__tell", heard.take)
        await serve_anything(context)
        page = await context.new_page()
        await page.goto("http://localhost/")
        await page.wait_for_function("window.__tell !== undefined")
        await page.evaluate("window.__tell('\"later\"')")
        assert await heard.has("later")


async def test_invalid_json_is_ignored(chromium: Browser) -> None:
    async with await chromium.new_context() as context:
        heard, other = Heard(), Heard()
        page = await context.new_page()
        await add_binding(page, "__tell", heard.take)
        await add_binding(page, "__other", other.take)
        await page.evaluate(
            """() => {
              for (const said of ['', 'no', '{', '['.repeat(200000)]) window.__tell(said);
              try { window.__tell({}) } catch {}
              window.__tell('{"last": 1}');
            }"""
        )
        assert await heard.has({"last": 1})
        assert heard.all == [{"last": 1}]
        assert other.all == []


async def test_a_page_that_closes_at_once_does_no_harm(chromium: Browser) -> None:
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, about: failures.append(about))
    async with await chromium.new_context() as context:
        await add_binding(context, "__tell", Heard().take)
        for _ in range(3):
            await (await context.new_page()).close()
    assert failures == []
