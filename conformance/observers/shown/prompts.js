// Runs in the page and its frames before the client's code; prompts.py reads it. It reports each
// field that a person sees and that asks for a secret. `own`: a selector of the client's own prompt.
(own) => {
  if (window.__pnmPrompts) return;
  Object.defineProperty(window, '__pnmPrompts', { value: true });
  const FIELDS = 'input, textarea, [contenteditable=""], [contenteditable=true]';
  const DIALOGS = 'dialog[open], [role=dialog], [role=alertdialog]';
  const TEXT_TYPES = ['text', 'password', 'search', 'tel', 'url', 'email', 'number'];
  const ASKS = /secret|pass(word|phrase|code)|(security|encryption|shared|room|meeting|decryption)\s+(key|code)/i;
  const shown = new WeakSet();

  const isShown = (field) =>
    field.getClientRects().length > 0 &&
    (field.checkVisibility?.({ checkOpacity: true, checkVisibilityCSS: true }) ?? true);

  const labelOf = (field) => {
    const by = (field.getAttribute('aria-labelledby') ?? '').split(/\s+/).filter(Boolean);
    return [
      ...[...(field.labels ?? [])].map((label) => label.textContent),
      ...by.map((id) => document.getElementById(id)?.textContent),
      field.getAttribute('aria-label'),
      field.getAttribute('placeholder'),
      field.getAttribute('title'),
    ].filter(Boolean).join(' ').replace(/\s+/g, ' ').trim().slice(0, 120);
  };

  const words = (field) => {
    if (field instanceof HTMLInputElement && !TEXT_TYPES.includes(field.type)) return null;
    const label = labelOf(field);
    if (own && field.matches(own)) return label || own;
    if (field.type === 'password' || ASKS.test(label)) return label || 'a password field';
    const dialog = field.closest(DIALOGS);
    return dialog && ASKS.test(dialog.innerText) ? dialog.innerText.trim().slice(0, 120) : null;
  };

  const scan = () => {
    for (const field of document.querySelectorAll(FIELDS)) {
      if (!isShown(field)) {
        shown.delete(field);
        continue;
      }
      if (shown.has(field)) continue;
      const text = words(field);
      if (text === null) continue;
      shown.add(field);
      window.__pnmPrompted?.(text)?.catch(() => {});
    }
  };

  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => { waiting = false; scan(); }, 50);
  }).observe(document, {
    subtree: true, childList: true, attributes: true,
    attributeFilter: ['hidden', 'class', 'style', 'open', 'type', 'disabled', 'placeholder'],
  });
}
