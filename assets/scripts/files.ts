/** Files to send along: chosen in several goes, dropped anywhere on the form, pasted from the clipboard, and taken away again. */
export function enhanceFileFields(): void {
  const fields = [...document.querySelectorAll<HTMLElement>('[data-files]')].map((element) => new FileField(element));
  if (fields.length === 0) return;

  // A file that misses its field must not replace the page, and with it all that was written.
  for (const kind of ['dragover', 'drop'] as const) {
    document.addEventListener(kind, (event) => {
      if (carriesFiles(event.dataTransfer)) event.preventDefault();
    });
  }
}

class FileField {
  private readonly input: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly fault: HTMLElement;
  private files: File[] = [];

  constructor(private readonly field: HTMLElement) {
    this.input = find(field, 'input') as HTMLInputElement;
    this.list = find(field, '[data-file-list]');
    this.fault = find(field, '[data-file-fault]');
    this.input.addEventListener('change', () => {
      this.add([...(this.input.files ?? [])]);
    });
    const place = this.input.form ?? field;
    place.addEventListener('dragover', (event) => {
      field.classList.toggle('file-field-aimed', carriesFiles(event.dataTransfer));
    });
    for (const kind of ['dragleave', 'drop'] as const) {
      place.addEventListener(kind, () => {
        field.classList.remove('file-field-aimed');
      });
    }
    place.addEventListener('drop', (event) => {
      this.add(leftIn(event.dataTransfer, event));
    });
    place.addEventListener('paste', (event) => {
      const pasted = leftIn(event.clipboardData, event);
      if (pasted.length === 0) return;
      event.preventDefault();
      this.add(pasted);
    });
  }

  private add(more: readonly File[]): void {
    const known = new Set(this.files.map(markOf));
    this.keep([...this.files, ...more.filter((file) => !known.has(markOf(file)))]);
  }

  private keep(files: File[]): void {
    this.files = files;
    const carrier = new DataTransfer();
    for (const file of files) carrier.items.add(file);
    this.input.files = carrier.files;
    this.list.replaceChildren(...files.map((file) => this.line(file)));
    this.complain();
  }

  private line(file: File): HTMLElement {
    const line = document.createElement('li');
    const name = document.createElement('span');
    name.textContent = file.name;
    const size = document.createElement('small');
    size.textContent = sizeOf(file.size);
    const away = document.createElement('button');
    away.type = 'button';
    away.className = 'file-away';
    away.textContent = '×';
    away.ariaLabel = `Take ${file.name} away`;
    away.addEventListener('click', () => {
      this.keep(this.files.filter((one) => one !== file));
      this.input.focus();
    });
    line.append(name, size, away);
    return line;
  }

  /** Said before anything is sent: a server that refuses says it after a long upload. */
  private complain(): void {
    const { most = '10', mostBytes = '25000000' } = this.field.dataset;
    const bytes = this.files.reduce((sum, { size }) => sum + size, 0);
    const words =
      this.files.length > Number(most)
        ? `These are ${this.files.length} files, and ${most} can be sent at once. Take some away.`
        : bytes > Number(mostBytes)
          ? `These are ${sizeOf(bytes)}, and ${sizeOf(Number(mostBytes))} can be sent at once. Take some away, or send a link to the large ones.`
          : '';
    this.fault.textContent = words;
    this.fault.hidden = words === '';
    this.input.setCustomValidity(words);
  }
}

function find(field: HTMLElement, selector: string): HTMLElement {
  const found = field.querySelector<HTMLElement>(selector);
  if (found === null) throw new Error(`A field for files lacks its ${selector}.`);
  return found;
}

const carriesFiles = (carried: DataTransfer | null): boolean => carried?.types.includes('Files') ?? false;

const markOf = ({ name, size, lastModified }: File): string => `${name} ${size} ${lastModified}`;

/** As the server writes it. */
function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** The files that came, but for pictures that an editor on the way has taken into the text. */
function leftIn(data: DataTransfer | null, { defaultPrevented }: Event): File[] {
  return [...(data?.files ?? [])].filter(({ type }) => !defaultPrevented || !type.startsWith('image/'));
}
