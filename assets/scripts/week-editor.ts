import { tell } from './controls.js';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const NAMES = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const CELL = 30;
const CELLS = 48;
const DAY = 24 * 60;

/** A stretch in minutes since its day's midnight; one over midnight ends beyond 1440. */
interface Stretch {
  from: number;
  to: number;
}

/**
 * The week as a grid of half hours above its fields: drawn with the mouse, or with the arrow keys and the space bar. The fields stay
 * what is sent; the grid reads them and writes them, so that either can be used at any moment.
 */
export function drawWeeks(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>('[data-week-form]')) new WeekGrid(form).start();
}

class WeekGrid {
  private readonly place: HTMLElement | null;
  private readonly cells: HTMLButtonElement[][] = [];
  private current = { day: 0, cell: 18 };
  private brush: { opening: boolean; day: number; cell: number } | null = null;
  private before: Stretch[][] = [];

  constructor(private readonly form: HTMLFormElement) {
    this.place = form.querySelector('[data-week-grid]');
  }

  start(): void {
    if (this.place === null) return;

    this.build(this.place);
    this.show();
    this.form.addEventListener('input', (event) => {
      if ((event.target as Element).closest('[data-interval]') !== null) this.show();
    });
    this.form.addEventListener('click', (event) => {
      this.copy(event);
    });
  }

  private build(place: HTMLElement): void {
    place.hidden = false;
    place.setAttribute('role', 'group');
    place.setAttribute(
      'aria-label',
      'Week, drawn in half hours: arrow keys move, space opens or closes, shift and arrow keys carry it along',
    );
    const axis = element('div', 'grid-axis');
    for (let hour = 0; hour <= 24; hour += 3) axis.append(element('span', '', String(hour)));
    place.append(axis);
    for (const [day, name] of NAMES.entries()) {
      const row = element('div', 'grid-row');
      row.append(element('span', 'grid-name', name.slice(0, 3)));
      const cells = element('div', 'grid-cells');
      this.cells.push(
        Array.from({ length: CELLS }, (_, cell) => {
          const button = document.createElement('button');
          button.type = 'button';
          button.className = 'grid-cell';
          button.tabIndex = -1;
          button.dataset['day'] = String(day);
          button.dataset['cell'] = String(cell);
          cells.append(button);
          return button;
        }),
      );
      row.append(cells);
      place.append(row);
    }
    const hint = element(
      'p',
      'hint',
      'Draw with the mouse, or move with the arrow keys, press space, and carry it along with shift. The fields below say the same to the minute.',
    );
    place.append(hint);
    place.addEventListener('pointerdown', (event) => {
      this.begin(event);
    });
    place.addEventListener('pointerover', (event) => {
      this.goOn(event);
    });
    addEventListener('pointerup', () => {
      this.end();
    });
    place.addEventListener('keydown', (event) => {
      this.key(event);
    });
    place.addEventListener('focusin', (event) => {
      const at = whereIs(event.target);
      if (at !== null) this.moveTo(at.day, at.cell, false);
    });
    this.moveTo(0, 18, false);
  }

  /** Shows what the fields say. */
  private show(): void {
    const week = this.read();
    for (const [day, row] of this.cells.entries()) {
      for (const [cell, button] of row.entries()) {
        const share = openShare(week, day, cell * CELL, (cell + 1) * CELL);
        const state = share === 1 ? 'open' : share === 0 ? 'closed' : 'part';
        button.dataset['state'] = state;
        button.setAttribute('aria-pressed', share === 1 ? 'true' : share === 0 ? 'false' : 'mixed');
        const words = { open: 'open', closed: 'closed', part: 'partly open' }[state];
        button.setAttribute(
          'aria-label',
          `${NAMES[day]} ${clock(cell * CELL)} to ${clock((cell + 1) * CELL)}, ${words}`,
        );
      }
    }
  }

  private begin(event: PointerEvent): void {
    const at = whereIs(event.target);
    if (at === null || event.button !== 0) return;

    // On a telephone a finger scrolls; a tap opens or closes one half hour.
    if (event.pointerType === 'mouse') event.preventDefault();
    const opening = this.cells[at.day]?.[at.cell]?.dataset['state'] !== 'open';
    this.before = this.read();
    this.brush = { opening, ...at };
    this.moveTo(at.day, at.cell, true);
    this.paint(at.day, at.cell);
  }

  private goOn(event: PointerEvent): void {
    const at = whereIs(event.target);
    if (this.brush === null || at === null || event.pointerType !== 'mouse') return;
    if ((event.buttons & 1) === 0) this.end();
    else this.paint(at.day, at.cell);
  }

  private end(): void {
    this.brush = null;
  }

  /** Everything from where the drawing began to here, and nothing of what was drawn beyond and taken back. */
  private paint(day: number, cell: number): void {
    if (this.brush === null) return;

    const { opening } = this.brush;
    const [firstDay, lastDay] = inOrder(this.brush.day, day);
    const [first, last] = inOrder(this.brush.cell, cell);
    let week = this.before.map((stretches) => [...stretches]);
    for (let one = firstDay; one <= lastDay; one++) week = painted(week, one, first * CELL, (last + 1) * CELL, opening);
    this.write(week);
  }

  private key(event: KeyboardEvent): void {
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      Home: [0, -CELLS],
      End: [0, CELLS],
    };
    const step = steps[event.key];
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      const { day, cell } = this.current;
      this.before = this.read();
      this.brush = { opening: this.cells[day]?.[cell]?.dataset['state'] !== 'open', day, cell };
      this.paint(day, cell);
      if (!event.shiftKey) this.brush = null;
      tell(`${NAMES[day]}: ${inWords(this.read()[day] ?? [])}`);
    } else if (step !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      const from = this.current;
      this.moveTo(limited(from.day + step[0], DAYS.length), limited(from.cell + step[1], CELLS), true);
      if (!event.shiftKey) {
        this.brush = null;
        return;
      }
      if (this.brush === null) {
        // What the cell is where it began is drawn along.
        this.before = this.read();
        this.brush = { opening: this.cells[from.day]?.[from.cell]?.dataset['state'] === 'open', ...from };
      }
      this.paint(this.current.day, this.current.cell);
    }
  }

  /** One cell is on the way of the tab key, the others are reached by arrows. */
  private moveTo(day: number, cell: number, focus: boolean): void {
    const old = this.cells[this.current.day]?.[this.current.cell];
    const next = this.cells[day]?.[cell];
    if (old !== undefined) old.tabIndex = -1;
    this.current = { day, cell };
    if (next === undefined) return;
    next.tabIndex = 0;
    if (focus) next.focus();
  }

  /** The buttons that copy Monday work at once, hours and breaks alike; without this script the server does it. */
  private copy(event: MouseEvent): void {
    const button = (event.target as Element).closest<HTMLElement>('[data-copy-days]');
    if (button === null) return;

    event.preventDefault();
    const count = Number(button.dataset['copyDays']);
    for (const group of ['week', 'breaks']) {
      const monday = this.texts(group, 0);
      for (let day = 1; day <= count; day++) this.fill(group, day, monday);
    }
    this.show();
    tell(count === 4 ? 'Tuesday to Friday are as Monday.' : 'All days are as Monday.');
  }

  private read(): Stretch[][] {
    return DAYS.map((_, day) =>
      this.texts('week', day).flatMap(([from, to]) => {
        const [start, end] = [minutes(from), minutes(to)];
        if (start === null || end === null || start === DAY || start === end) return [];
        return [{ from: start, to: end < start ? end + DAY : end }];
      }),
    );
  }

  private write(week: readonly (readonly Stretch[])[]): void {
    const there = this.read();
    for (const [day, stretches] of week.entries()) {
      if (JSON.stringify(stretches) === JSON.stringify(there[day])) continue;
      this.fill(
        'week',
        day,
        stretches.map(({ from, to }) => [clock(from), clock(to > DAY ? to - DAY : to)]),
      );
    }
    this.show();
  }

  private texts(group: string, day: number): [string, string][] {
    const all = (end: string): string[] =>
      [...this.form.querySelectorAll<HTMLInputElement>(`input[name="${group}.${DAYS[day]}.${end}"]`)].map(
        ({ value }) => value,
      );
    const to = all('to');
    return all('from')
      .map((from, index): [string, string] => [from, to[index] ?? ''])
      .filter(([from, end]) => from !== '' || end !== '');
  }

  /** As many rows of fields as there are stretches; one stays where there is none. */
  private fill(group: string, day: number, texts: readonly (readonly [string, string])[] | readonly string[][]): void {
    const key = DAYS[day] ?? '';
    const box = this.form.querySelector(`[data-day="${key}"] ${group === 'week' ? '[data-hours]' : '.week-breaks'}`);
    const add = box?.querySelector('button[value^="add "]');
    if (!box || !add) return;

    for (const old of box.querySelectorAll('[data-interval], .fault, .week-closed')) old.remove();
    for (const [index, [from = '', to = '']] of texts.entries()) add.before(this.row(group, day, index, from, to));
    if (texts.length === 0) add.before(element('span', 'week-closed', group === 'week' ? 'closed' : 'none'));
  }

  private row(group: string, day: number, index: number, from: string, to: string): HTMLElement {
    const name = `${group}.${DAYS[day]}`;
    const words = `${NAMES[day]}, ${group === 'week' ? 'open' : 'break'}`;
    const row = element('div', 'interval');
    row.dataset['interval'] = '';
    const dash = element('span', '', '–');
    dash.setAttribute('aria-hidden', 'true');
    row.append(
      field(`${name}.from`, from, `${words} from`, `${name}.${index}`),
      dash,
      field(`${name}.to`, to, `${words} to`, ''),
    );
    const remove = document.createElement('button');
    remove.type = 'button';
    remove.className = 'button button-quiet button-icon button-small';
    remove.setAttribute('aria-label', `Remove ${words} ${from} to ${to}`);
    remove.textContent = '×';
    remove.addEventListener('click', () => {
      this.fill(group, day, this.texts(group, day).filter((_, other) => other !== index)); // prettier-ignore
      this.show();
    });
    row.append(remove);
    return row;
  }
}

/** The week with a piece of a day opened or closed; only what lies there is changed, nights keep their tails. */
function painted(week: readonly Stretch[][], day: number, from: number, to: number, opening: boolean): Stretch[][] {
  const made = week.map((stretches) => [...stretches]);
  if (opening) {
    const own = [...(made[day] ?? []), { from, to }].sort((a, b) => a.from - b.from);
    const united: Stretch[] = [];
    for (const { from: start, to: end } of own) {
      const last = united.at(-1);
      if (last !== undefined && start <= last.to) last.to = Math.max(last.to, end);
      else united.push({ from: start, to: end });
    }
    made[day] = united;
    return made;
  }
  made[day] = without(made[day] ?? [], from, to);
  const eve = (day + 6) % 7;
  const left = without(made[eve] ?? [], from + DAY, to + DAY);
  // What is left of a night beyond the part that was closed begins on this day now.
  made[eve] = left.filter((stretch) => stretch.from < DAY);
  const rest = left
    .filter((stretch) => stretch.from >= DAY)
    .map((stretch) => ({ from: stretch.from - DAY, to: stretch.to - DAY }));
  made[day] = [...made[day], ...rest].sort((a, b) => a.from - b.from);
  return made;
}

function without(stretches: readonly Stretch[], from: number, to: number): Stretch[] {
  return stretches.flatMap((one) => {
    if (one.to <= from || one.from >= to) return [{ ...one }];
    return [
      { from: one.from, to: from },
      { from: to, to: one.to },
    ].filter((part) => part.from < part.to);
  });
}

/** How much of a piece of a day is open, by the day's own hours and by what is left of the night before. */
function openShare(week: readonly (readonly Stretch[])[], day: number, from: number, to: number): number {
  const eve = (week[(day + 6) % 7] ?? []).map((one) => ({ from: one.from - DAY, to: one.to - DAY }));
  let open = 0;
  for (let at = from; at < to; at++) {
    if ([...(week[day] ?? []), ...eve].some((one) => one.from <= at && at < one.to)) open++;
  }
  return open / (to - from);
}

/** As the server reads it: `9`, `9:00`, `9.30`, `0930`. */
function minutes(text: string): number | null {
  const parts = /^(\d{1,2}?)(?:[:.h]?(\d{2}))?$/.exec(text.trim());
  if (parts === null) return null;

  const minute = Number(parts[2] ?? '0');
  const total = Number(parts[1]) * 60 + minute;
  return minute < 60 && total <= DAY ? total : null;
}

function clock(total: number): string {
  return `${String(Math.floor(total / 60)).padStart(2, '0')}:${String(total % 60).padStart(2, '0')}`;
}

function inWords(stretches: readonly Stretch[]): string {
  if (stretches.length === 0) return 'closed';
  return stretches.map(({ from, to }) => `${clock(from)} – ${clock(to > DAY ? to - DAY : to)}`).join(', ');
}

function whereIs(target: EventTarget | null): { day: number; cell: number } | null {
  const cell = target instanceof Element ? target.closest<HTMLElement>('.grid-cell') : null;
  return cell === null ? null : { day: Number(cell.dataset['day']), cell: Number(cell.dataset['cell']) };
}

function field(name: string, value: string, label: string, id: string): HTMLInputElement {
  const input = document.createElement('input');
  input.className = 'input input-small';
  input.type = 'text';
  input.inputMode = 'numeric';
  input.maxLength = 5;
  input.name = name;
  input.value = value;
  if (id !== '') input.id = id;
  input.setAttribute('aria-label', label);
  return input;
}

function element(tag: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.textContent = text;
  return made;
}

const inOrder = (a: number, b: number): [number, number] => (a < b ? [a, b] : [b, a]);
const limited = (value: number, count: number): number => Math.min(Math.max(value, 0), count - 1);
