/** Lets the words of chips and times go on while a page is open. The server has sent instants; nothing is counted here but time. */

const EVERY_MS = 30_000;
const TONES = ['calm', 'amber', 'orange', 'red'] as const;
type Tone = (typeof TONES)[number];

export function keepClocksRunning(): void {
  setInterval(rewrite, EVERY_MS);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) rewrite();
  });
  document.addEventListener('htmx:after:swap', rewrite);
}

function rewrite(): void {
  for (const chip of document.querySelectorAll<HTMLElement>('[data-chip][data-remaining]')) rewriteChip(chip);
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-style="relative"]')) {
    write(time, relative(new Date(time.dateTime)));
  }
}

function rewriteChip(chip: HTMLElement): void {
  const { remaining = '0', readAt = '', open = '', dueAt = '', amber = '0', orange = '0' } = chip.dataset;
  const now = Date.now();
  const left = Number(remaining) - openSeconds(open, Date.parse(readAt), now);
  const overdue = Number(remaining) < 0 || now >= Date.parse(dueAt);
  const tone: Tone = overdue ? 'red' : left <= Number(orange) ? 'orange' : left <= Number(amber) ? 'amber' : 'calm';
  const text = chip.querySelector<HTMLElement>('[data-text]');
  if (text !== null) write(text, overdue ? `−${span(Math.min(0, left))}` : span(Math.max(0, left)));
  paint(chip, tone);
}

function openSeconds(open: string, from: number, to: number): number {
  let milliseconds = 0;
  for (const period of open.split(',').filter((part) => part !== '')) {
    const [start = '', end = ''] = period.split('/');
    milliseconds += Math.max(0, Math.min(to, Date.parse(end)) - Math.max(from, Date.parse(start)));
  }
  return milliseconds / 1000;
}

/** Never by colour alone: the sign changes with it. */
function paint(chip: HTMLElement, tone: Tone): void {
  if (chip.classList.contains(`chip-${tone}`)) return;

  chip.classList.remove(...TONES.map((one) => `chip-${one}`));
  chip.classList.add(`chip-${tone}`);
  const sign = document.querySelector(`[data-chip-signs] [data-tone="${tone}"] svg`);
  if (sign !== null) chip.querySelector('svg')?.replaceWith(sign.cloneNode(true));
}

function write(element: HTMLElement, words: string): void {
  if (element.textContent !== words) element.textContent = words;
}

function relative(at: Date): string {
  const seconds = Math.round((Date.now() - at.getTime()) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 45) return 'now';
  if (distance > 28 * 86_400)
    return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

  const words =
    distance < 3600
      ? unit(distance, 60, 'm')
      : distance < 86_400
        ? unit(distance, 3600, 'h')
        : unit(distance, 86_400, 'd');
  return seconds < 0 ? `in ${words}` : `${words} ago`;
}

function unit(seconds: number, length: number, name: string): string {
  return `${Math.max(1, Math.round(seconds / length))}${name}`;
}

/** As the server writes it: `2h 10m`. */
function span(seconds: number): string {
  const length = Math.floor(Math.abs(seconds));
  if (length < 60) return `${length}s`;
  if (length < 3600) return `${Math.floor(length / 60)}m`;

  const [large, small] =
    length < 360_000
      ? [`${Math.floor(length / 3600)}h`, Math.floor((length % 3600) / 60)]
      : [`${Math.floor(length / 86_400)}d`, Math.floor((length % 86_400) / 3600)];
  if (small === 0) return large;
  return length < 360_000 ? `${large} ${String(small).padStart(2, '0')}m` : `${large} ${small}h`;
}
