// Texts that stand out less from their ground than WCAG 2.2 AA asks for (4.5:1, large ones 3:1).
(() => {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext('2d', { willReadFrequently: true });
  if (brush === null) return ['The browser cannot paint.'];

  /** Lays colours over each other, the lowest first, whatever notation they are in. */
  const mixed = (colours) => {
    brush.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 1, 1);
    }
    const [red = 0, green = 0, blue = 0] = brush.getImageData(0, 0, 1, 1).data;
    return [red, green, blue];
  };
  const light = (colour) => {
    const [red, green, blue] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  const faint = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const words = texts.currentNode.textContent?.trim() ?? '';
    const element = texts.currentNode.parentElement;
    if (
      words === '' ||
      element === null ||
      !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    )
      continue;
    if (element.closest('.sr-only, [disabled], [aria-hidden="true"], option, script') !== null) continue;

    const grounds = [];
    for (let under = element; under !== null; under = under.parentElement)
      grounds.unshift(getComputedStyle(under).backgroundColor);
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    const base = [dark ? '#000' : '#fff', ...grounds];
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const [one, other] = [light(mixed(base)), light(mixed([...base, color]))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const large =
      Number.parseFloat(fontSize) >= 24 || (Number.parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700);
    if (contrast < (large ? 3 : 4.5))
      faint.add(`${contrast.toFixed(2)}: ${words.slice(0, 40)} (${element.className.toString().slice(0, 40)})`);
  }
  return [...faint];
})();
