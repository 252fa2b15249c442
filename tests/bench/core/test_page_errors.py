"""The error of a page action is one line that names the element that blocked it."""

from conformance.bench.core.page_errors import page_error

LOG = """Locator.click: Timeout 6000ms exceeded.
Call log:
  - waiting for locator(".excalidraw canvas.interactive").first
    - attempting click action
      - <div class="Toastify">…</div> intercepts pointer events
    - retrying click action
      - <p>Welcome</p> from <div class="modal">…</div> subtree intercepts pointer events
"""


def test_the_last_blocking_element_is_named() -> None:
    assert page_error(ValueError(LOG)) == (
        "Locator.click: Timeout 6000ms exceeded. "
        '(<p>Welcome</p> from <div class="modal">…</div> subtree intercepts pointer events)'
    )


def test_an_error_without_a_log_gives_its_first_line() -> None:
    assert page_error(ValueError("one\ntwo")) == "one"
    assert page_error(ValueError()) == "ValueError"
