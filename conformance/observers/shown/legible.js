// Runs on one element; legible.py calls it. It brings the element on the screen only as a person can,
// by scrolling what scrolls, and hides the element's letters without a change of the document.
async (element, limit) => {
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const moving = document.getAnimations().filter((animation) =>
    animation.playState === 'running' &&
    animation.effect?.target?.contains?.(element) &&
    Number.isFinite(animation.effect.getComputedTiming().endTime));
  await Promise.race([Promise.allSettled(moving.map((one) => one.finished)), sleep(limit)]);

  const back = [];
  const scrolls = (box, axis, root) => {
    const overflow = getComputedStyle(box)[`overflow${axis}`];
    if (!root) return /auto|scroll/.test(overflow);
    const body = document.body ? getComputedStyle(document.body)[`overflow${axis}`] : 'visible';
    return !/hidden|clip/.test(overflow) && !(overflow === 'visible' && /hidden|clip/.test(body));
  };
  const root = document.scrollingElement;
  for (let box = element.parentElement; box; box = box.parentElement) {
    const view = box === root
      ? { top: 0, left: 0, bottom: innerHeight, right: innerWidth }
      : box.getBoundingClientRect();
    const mine = element.getBoundingClientRect();
    const to = { top: box.scrollTop, left: box.scrollLeft, behavior: 'instant' };
    if (scrolls(box, 'Y', box === root) && (mine.top < view.top || mine.bottom > view.bottom)) {
      to.top += mine.top - view.top - 4;
    }
    if (scrolls(box, 'X', box === root) && (mine.left < view.left || mine.right > view.right)) {
      to.left += mine.left - view.left - 4;
    }
    if (to.top !== box.scrollTop || to.left !== box.scrollLeft) {
      back.push([box, box.scrollTop, box.scrollLeft]);
      box.scrollTo(to);
    }
  }

  // A part for screen readers only, inside of the element, is not meant for the eye.
  const forTheEye = (node) => {
    for (let one = node.parentElement; one && one !== element; one = one.parentElement) {
      const box = one.getBoundingClientRect();
      if (box.width <= 2 && box.height <= 2) return false;
    }
    return true;
  };
  const ranges = [];
  const words = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() && words.length < 80) {
    const node = walker.currentNode;
    if (/^(SCRIPT|STYLE|TEMPLATE)$/.test(node.parentElement?.tagName ?? '')) continue;
    if (!forTheEye(node)) continue;
    for (const found of node.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      const { x, y, width, height } = range.getBoundingClientRect();
      ranges.push(range);
      words.push({ text: found[0], x, y, width, height });
    }
  }

  let opacity = 1;
  for (let one = element; one; one = one.parentElement) opacity *= Number(getComputedStyle(one).opacity);
  const middle = words[0] ?? { x: -1, y: -1, width: 0, height: 0 };
  const at = document.elementFromPoint(middle.x + middle.width / 2, middle.y + middle.height / 2);
  const over = at && !element.contains(at) && !at.contains(element) ? at : null;
  const style = getComputedStyle(element);
  const about = {
    opacity,
    font: style.fontSize,
    color: style.color,
    outside: words.length > 0 && words.every((word) =>
      word.x + word.width <= 0 || word.y + word.height <= 0 || word.x >= innerWidth || word.y >= innerHeight),
    under: over ? `<${over.tagName.toLowerCase()}${over.id ? ` id=${over.id}` : ''}>` : null,
  };

  const NAME = 'pnm-legible';
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`::highlight(${NAME}) {
    color: transparent !important; -webkit-text-fill-color: transparent !important;
    -webkit-text-stroke-color: transparent !important; text-shadow: none !important;
    text-decoration: none !important; }`);
  const hide = () => {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    CSS.highlights.set(NAME, new Highlight(...ranges));
  };
  const show = () => {
    CSS.highlights.delete(NAME);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  };
  const restore = () => {
    show();
    for (const [box, top, left] of back) box.scrollTo({ top, left, behavior: 'instant' });
  };
  return { words, about, hide, show, restore };
}
