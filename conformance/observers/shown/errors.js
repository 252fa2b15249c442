// Runs in the page before the client's code; errors.py reads it. It remembers each entry of the
// places where the client shows decryption errors: when it came, when its text changed, when it went.
// Times are ages in seconds on the page's monotonic clock.
(places) => {
  if (window.__pnmErrors) return;
  const MOST = 500;
  const entries = [];
  const known = new WeakMap();
  const now = () => performance.now() / 1000;

  const textOf = (element) => (element.innerText ?? element.textContent ?? '').trim().slice(0, 300);
  const drawn = (element) =>
    element.getClientRects().length > 0 &&
    (element.checkVisibility?.({ checkOpacity: true, checkVisibilityCSS: true }) ?? true);

  const scan = () => {
    const seen = new Set();
    for (const { where, selector, pattern } of places) {
      for (const element of document.querySelectorAll(selector)) {
        const text = textOf(element);
        if (!text || seen.has(element)) continue;
        if (pattern && !new RegExp(pattern, 'i').test(text)) continue;
        seen.add(element);
        const entry = known.get(element);
        if (!entry || entry.gone !== null) {
          if (entries.length >= MOST) continue;
          const made = { id: entries.length, where, text, came: now(), changed: now(), gone: null,
                         drawn: drawn(element), element: new WeakRef(element) };
          known.set(element, made);
          entries.push(made);
        } else {
          if (entry.text !== text) Object.assign(entry, { text, changed: now() });
          entry.drawn ||= drawn(element);
        }
      }
    }
    for (const entry of entries) {
      if (entry.gone === null && !seen.has(entry.element.deref())) entry.gone = now();
    }
  };

  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; scan(); }, 50);
  };
  if (places.length) {
    new MutationObserver(later).observe(document, {
      subtree: true, childList: true, characterData: true, attributes: true,
      attributeFilter: ['hidden', 'class', 'style', 'open', 'role', 'aria-label'],
    });
  }

  const look = () => {
    scan();
    const at = now();
    return entries.map(({ id, where, text, came, changed, gone, drawn }) => ({
      id, where, text, drawn, came: at - came, changed: at - changed,
      gone: gone === null ? null : at - gone,
    }));
  };
  const element = (id) => entries[id]?.element.deref() ?? null;
  Object.defineProperty(window, '__pnmErrors', { value: { look, element } });
}
