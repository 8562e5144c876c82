import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { publicFolder, publicPath } from './public-files.js';

const SHEET = 'icons.svg';
const folder = path.join(path.dirname(createRequire(import.meta.url).resolve('lucide-static/package.json')), 'icons');
const sheet = path.join(publicFolder, SHEET);
/** What the build has drawn on one sheet, which browsers fetch once. */
const onTheSheet = new Set(
  existsSync(sheet)
    ? Array.from(readFileSync(sheet, 'utf8').matchAll(/<symbol id="([^"]+)"/g), ([, name]) => name)
    : [],
);
const drawings = new Map<string, string>();

/** One of Lucide's icons as SVG, sized and coloured by the text around it. Decoration: the words stand beside it. */
export function iconMarkup(name: string, className: string): string {
  return `<svg class="${className}" ${drawingOf(name)}</svg>`;
}

/** A pointer into the sheet, else the drawing itself; how thick its lines are is for the style sheet to change. */
function drawingOf(name: string): string {
  const known = drawings.get(name);
  if (known !== undefined) return known;

  if (!/^[a-z0-9-]+$/.test(name)) throw new Error(`Not the name of an icon: ${name}`);
  const drawing = onTheSheet.has(name)
    ? `stroke-width="2" aria-hidden="true"><use href="${publicPath(SHEET)}#${name}"/>`
    : `viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${inline(name)}`;
  drawings.set(name, drawing);
  return drawing;
}

function inline(name: string): string {
  const svg = readFileSync(path.join(folder, `${name}.svg`), 'utf8');
  return svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>')).replace(/\s*\n\s*/g, '');
}
