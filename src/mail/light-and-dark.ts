/**
 * Makes the colours that a mail names hold by day and by night. Mails are written for white paper; in a dark page their grounds
 * become dark and their inks light, in the same hue. The browser reckons (CSS Color 5): whatever a colour is called, it is known there.
 * A browser that does not know these functions keeps the colour as it was, on white.
 */

/** Lightness l of an ink by night: dark inks become light; light ones, which stand on dark grounds, dark. */
const INK = 'min(.95 - .4 * l, 1.755 - 1.555 * l)';
/** And of a ground: white becomes nearly black, a dark button a light one, below the ink that was white. */
const GROUND = '.95 - .755 * l';

/** Changes the attributes of one element in place. */
export function lightAndDark(attributes: Record<string, string>): void {
  const { bgcolor, color } = attributes;
  const said = (attributes['style'] ?? '').split(';').filter((one) => one.trim() !== '');
  if (bgcolor !== undefined && isColour(bgcolor)) said.unshift(`background-color:${bgcolor}`);
  if (color !== undefined && isColour(color)) said.unshift(`color:${color}`);

  const styles = said.flatMap((one) => {
    const [, name, value] = /^\s*(color|background-color)\s*:\s*(.+?)\s*$/i.exec(one) ?? [];
    if (
      name === undefined ||
      value === undefined ||
      !isColour(value) ||
      /^(?:transparent|inherit|initial|currentcolor)$/i.test(value)
    )
      return [one];
    return [
      one,
      `${name}:light-dark(${value},oklch(from ${value} calc(${name.toLowerCase() === 'color' ? INK : GROUND}) c h))`,
    ];
  });
  if (styles.length > 0) attributes['style'] = styles.join(';');
}

/** A colour as the sanitiser lets it through; nothing that could end the function it is put into. */
function isColour(value: string): boolean {
  return /^(?:#[0-9a-f]{3,8}|rgba?\([\d.,%\s]+\)|[a-z]{3,30})$/i.test(value.trim());
}
