/**
 * A browser's own field for a date speaks the browser's language: 11/04/2026 beside our 4 Nov 2026. On a screen with a mouse it becomes
 * a field in which dates are written as everywhere in the desk, with the browser's calendar behind a button. A phone keeps its own.
 */
const WORDS = {
  date: { shape: String.raw`\d{4}-\d{2}-\d{2}`, example: '2026-11-30', button: 'Choose a date' },
  'datetime-local': {
    shape: String.raw`\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}`,
    example: '2026-11-30 09:00',
    button: 'Choose a date and time',
  },
  time: { shape: String.raw`([01]\d|2[0-4]):[0-5]\d`, example: '09:00', button: null },
} as const;

type Kind = keyof typeof WORDS;

export function writeDatesAsWeDo(): void {
  if (matchMedia('(pointer: coarse)').matches) return;

  for (const kind of Object.keys(WORDS) as Kind[]) {
    for (const field of document.querySelectorAll<HTMLInputElement>(`input[type="${kind}"]`)) rewrite(field, kind);
  }
}

function rewrite(field: HTMLInputElement, kind: Kind): void {
  const { shape, example, button } = WORDS[kind];
  const value = field.value;
  field.type = 'text';
  field.value = value.replace('T', ' ');
  field.pattern = shape;
  field.placeholder = example;
  field.title = `Such as ${example}`;
  field.autocomplete = 'off';
  if (button === null) return;

  field.form?.addEventListener('formdata', ({ formData }) => {
    if (formData.has(field.name) && formData.getAll(field.name).length === 1)
      formData.set(field.name, field.value.trim().replace(' ', 'T'));
  });
  const frame = document.createElement('span');
  frame.className = 'date-field';
  field.replaceWith(frame);
  frame.append(field, ...calendarOf(field, kind, button));
}

function calendarOf(field: HTMLInputElement, kind: Kind, words: string): HTMLElement[] {
  const calendar = document.createElement('input');
  calendar.type = kind;
  calendar.tabIndex = -1;
  calendar.ariaHidden = 'true';
  calendar.ariaLabel = words;
  calendar.className = 'date-calendar';
  calendar.addEventListener('change', () => {
    field.value = calendar.value.replace('T', ' ');
    field.dispatchEvent(new Event('change', { bubbles: true }));
    field.focus();
  });
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'date-button';
  button.ariaLabel = words;
  button.append(document.querySelector('[data-calendar-icon] svg')?.cloneNode(true) ?? '…');
  button.addEventListener('click', () => {
    calendar.value = field.value.trim().replace(' ', 'T');
    calendar.showPicker();
  });
  return [calendar, button];
}
