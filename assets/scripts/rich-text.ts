import type Squire from 'squire-rte';

/** Whether this person writes with formatting, on this device. */
const CHOICE = 'punctual-rich-text';
const MOST_BYTES = 5_000_000;
const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

interface Places {
  readonly form: HTMLFormElement;
  readonly plain: HTMLTextAreaElement;
  readonly html: HTMLInputElement;
  readonly box: HTMLElement;
  readonly text: HTMLElement;
  readonly chooser: HTMLButtonElement;
}

/**
 * An editor in place of the composer's field, for whoever wants one. The field stays, and holds the same words without formatting; what
 * is sent is both. A picture that is pasted turns the editor on.
 */
export function enhanceRichText(): void {
  const places = find();
  if (places === null) return;

  let editor: Promise<Squire> | null = null;
  const pictures = new Map<string, File>();
  const turn = async (on: boolean): Promise<void> => {
    localStorage.setItem(CHOICE, on ? 'on' : 'off');
    places.chooser.setAttribute('aria-pressed', String(on));
    places.box.hidden = !on;
    places.plain.hidden = on;
    if (!on) {
      places.html.value = '';
      return;
    }
    editor ??= open(places, pictures);
    const squire = await editor;
    if (places.html.value === '') squire.setHTML(paragraphs(places.plain.value));
    write(places, squire);
  };
  places.chooser.hidden = false;
  places.chooser.addEventListener('click', () => {
    void turn(places.box.hidden !== false).then(() => {
      (places.box.hidden ? places.plain : places.text).focus();
    });
  });
  places.plain.addEventListener('paste', (event) => {
    const files = picturesIn(event.clipboardData);
    if (files.length === 0 || (event.clipboardData?.types.includes('text/plain') ?? false)) return;
    event.preventDefault();
    void turn(true).then(async () => {
      const squire = await (editor ?? open(places, pictures));
      squire.focus().moveCursorToEnd();
      await insert(squire, files, pictures);
    });
  });
  places.form.addEventListener('formdata', ({ formData }) => {
    attach(formData, pictures);
  });
  if (localStorage.getItem(CHOICE) === 'on' || places.html.value !== '') void turn(true);
}

function find(): Places | null {
  const form = document.querySelector<HTMLFormElement>('[data-composer]');
  const plain = form?.querySelector<HTMLTextAreaElement>('textarea[name="body"]');
  const html = form?.querySelector<HTMLInputElement>('[data-rich-html]');
  const box = form?.querySelector<HTMLElement>('[data-rich]');
  const text = form?.querySelector<HTMLElement>('[data-rich-text]');
  const chooser = form?.querySelector<HTMLButtonElement>('[data-rich-switch]');
  return form && plain && html && box && text && chooser ? { form, plain, html, box, text, chooser } : null;
}

/** The library is loaded by those who use it. */
async function open(places: Places, pictures: Map<string, File>): Promise<Squire> {
  const library: string = './squire.mjs';
  const { default: Editor } = (await import(library)) as { default: typeof Squire };
  const squire = new Editor(places.text, { blockTag: 'P', sanitizeToDOMFragment: harmless });
  if (places.html.value !== '') squire.setHTML(places.html.value);
  squire.addEventListener('input', () => {
    write(places, squire);
  });
  squire.addEventListener('pasteImage', (event: Event) => {
    const { clipboardData } = (event as CustomEvent<{ clipboardData: DataTransfer }>).detail;
    void insert(squire, picturesIn(clipboardData), pictures).then(() => {
      write(places, squire);
    });
  });
  places.text.addEventListener('drop', (event) => {
    const files = picturesIn(event.dataTransfer);
    if (files.length === 0) return;
    event.preventDefault();
    void insert(squire, files, pictures);
  });
  const buttons = [...places.box.querySelectorAll<HTMLButtonElement>('[data-rich-do]')];
  for (const button of buttons) {
    // The selection stays where it is.
    button.addEventListener('mousedown', (event) => {
      event.preventDefault();
    });
    button.addEventListener('click', () => {
      act(squire, button.dataset['richDo'] ?? '');
    });
  }
  squire.addEventListener('pathChange', () => {
    for (const button of buttons)
      button.setAttribute('aria-pressed', String(isOn(squire, button.dataset['richDo'] ?? '')));
  });
  return squire;
}

const TAGS: Readonly<Record<string, string>> = {
  bold: 'B',
  italic: 'I',
  link: 'A',
  list: 'UL',
  numbers: 'OL',
  quote: 'BLOCKQUOTE',
};

function isOn(squire: Squire, what: string): boolean {
  const tag = TAGS[what];
  return tag === undefined ? squire.hasFormat('CODE') || squire.hasFormat('PRE') : squire.hasFormat(tag);
}

function act(squire: Squire, what: string): void {
  const [off, on] = ACTS[what] ?? [];
  const act = isOn(squire, what) ? off : on;
  act?.(squire);
}

type Act = (squire: Squire) => unknown;

/** How each format is taken away, and how it is given. */
const ACTS: Readonly<Record<string, readonly [Act, Act]>> = {
  bold: [(squire) => squire.removeBold(), (squire) => squire.bold()],
  italic: [(squire) => squire.removeItalic(), (squire) => squire.italic()],
  list: [(squire) => squire.removeList(), (squire) => squire.makeUnorderedList()],
  numbers: [(squire) => squire.removeList(), (squire) => squire.makeOrderedList()],
  quote: [(squire) => squire.removeQuote(), (squire) => squire.increaseQuoteLevel()],
  code: [(squire) => squire.removeCode(), (squire) => squire.code()],
  link: [(squire) => squire.removeLink(), link],
};

function link(squire: Squire): void {
  const address = prompt('Where does the link lead?', 'https://')?.trim() ?? '';
  if (/^(?:https?:\/\/|mailto:).{3,}/i.test(address)) squire.makeLink(address);
}

/** Both fields of the form say what the editor shows. */
function write({ plain, html, text }: Places, squire: Squire): void {
  const empty = text.innerText.trim() === '' && text.querySelector('img') === null;
  html.value = empty ? '' : squire.getHTML();
  plain.value = text.innerText
    .replaceAll('\u200b', '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
  plain.dispatchEvent(new Event('input', { bubbles: true }));
}

async function insert(squire: Squire, files: readonly File[], pictures: Map<string, File>): Promise<void> {
  for (const file of files) {
    const source = await dataOf(file);
    pictures.set(source, file);
    squire.insertImage(source, { alt: '' });
  }
}

function picturesIn(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter(({ type, size }) => PICTURES.includes(type) && size <= MOST_BYTES);
}

function dataOf(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      resolve(reader.result as string);
    };
    reader.onerror = () => {
      reject(new Error('The picture cannot be read.'));
    };
    reader.readAsDataURL(file);
  });
}

/** Pictures leave as files, which the HTML names; written into it they would be too much for one field. */
function attach(formData: FormData, pictures: ReadonlyMap<string, File>): void {
  let html = formData.get('html');
  if (typeof html !== 'string') return;
  let count = 0;
  for (const [source, file] of pictures) {
    if (!html.includes(source)) continue;
    const name = `picture-${++count}.${file.type.replace('image/', '').replace('jpeg', 'jpg')}`;
    html = html.replaceAll(source, `cid:${name}`);
    formData.append('files', file, name);
  }
  formData.set('html', html);
}

function paragraphs(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${paragraph.replaceAll('\n', '<br>')}</p>`)
    .join('');
}

const STRANGE =
  'script,style,link,meta,base,iframe,object,embed,form,input,button,select,textarea,svg,math,template,noscript';
const KEPT = ['href', 'src', 'alt', 'colspan', 'rowspan', 'start'];

/** What is pasted brings its words and its structure; the server looks at it once more. */
function harmless(html: string): DocumentFragment {
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  for (const element of body.querySelectorAll(STRANGE)) {
    // The marks by which the editor remembers a selection.
    if (element.id.startsWith('squire-selection')) continue;
    element.remove();
  }
  for (const element of body.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes]) {
      const leads =
        (name === 'href' || name === 'src') &&
        !/^(?:https?:|mailto:|tel:|data:image\/(?:png|jpeg|gif|webp);|cid:)/i.test(value.trim());
      const own = element.id.startsWith('squire-selection') && (name === 'id' || name === 'type');
      if (!own && (leads || !KEPT.includes(name))) element.removeAttribute(name);
    }
  }
  const fragment = document.createDocumentFragment();
  fragment.append(...[...body.childNodes].map((node) => document.importNode(node, true)));
  return fragment;
}
