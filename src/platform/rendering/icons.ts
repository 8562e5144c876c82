import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const folder = path.join(path.dirname(createRequire(import.meta.url).resolve('lucide-static/package.json')), 'icons');
const drawings = new Map<string, string>();

/** One of Lucide's icons as inline SVG, sized and coloured by the text around it. Decoration: the words stand beside it. */
export function iconMarkup(name: string, className: string): string {
  return `<svg class="${className}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${drawingOf(name)}</svg>`;
}

function drawingOf(name: string): string {
  const known = drawings.get(name);
  if (known !== undefined) return known;

  if (!/^[a-z0-9-]+$/.test(name)) throw new Error(`Not the name of an icon: ${name}`);
  const svg = readFileSync(path.join(folder, `${name}.svg`), 'utf8');
  const drawing = svg
    .slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'))
    .replace(/\s*\n\s*/g, '');
  drawings.set(name, drawing);
  return drawing;
}
