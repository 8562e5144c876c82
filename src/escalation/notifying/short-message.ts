/** In 7 bits a letter (GSM 03.38): what an SMS of 160 characters can say. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** These cost two. */
const EXTENDED = new Set('^{}\\[~]|€');
/** What people and programs write, and what says the same within the alphabet. */
const ALIKE: Readonly<Record<string, string>> = {
  ...{ '‘': "'", '’': "'", '‚': "'", '“': '"', '”': '"', '„': '"', '«': '"', '»': '"', '`': "'" },
  ...{ '–': '-', '—': '-', '−': '-', '…': '...', '•': '*', '·': '-', '→': '->', '×': 'x', '\u00a0': ' ' },
  ...{ ł: 'l', Ł: 'L', đ: 'd', Đ: 'D', ı: 'i', œ: 'oe', Œ: 'OE', þ: 'th', Þ: 'Th', ð: 'd', Ð: 'D', ẞ: 'SS' },
};
const MARKS = /\p{M}/gu;

/** The same in the letters of GSM 03.38, where that can still be read; null where it cannot, as with Greek, Russian or Chinese words. */
export function inGsm7(text: string): string | null {
  let found = '';
  for (const letter of text.normalize('NFC')) {
    const said = letterInGsm7(letter);
    if (said === null) return null;
    found += said;
  }
  return found;
}

/** How many letters of 7 bits a text takes that `inGsm7` has made. */
export function septets(text: string): number {
  return Array.from(text).reduce((sum, letter) => sum + (EXTENDED.has(letter) ? 2 : 1), 0);
}

/**
 * A message whose ending (what to do) stays whole and whose beginning is cut so that both fit: into one SMS of 160 letters in the GSM
 * alphabet, and where the words do not allow that, into two of the 67 letters that every other script gets.
 */
export function shortMessage(beginning: string, ending: string): string {
  const narrow = inGsm7(beginning);
  const end = inGsm7(ending);
  if (narrow !== null && end !== null) return joined(narrow, end, 160, septets);
  return joined(beginning, ending, 134, (text) => text.length);
}

function joined(beginning: string, ending: string, room: number, length: (text: string) => number): string {
  const tail = ending === '' ? '' : `\n${ending}`;
  if (length(beginning + tail) <= room) return beginning + tail;

  const letters = Array.from(beginning);
  while (letters.length > 0 && length(`${letters.join('')}...${tail}`) > room) letters.pop();
  return `${letters.join('').trimEnd()}...${tail}`;
}

function letterInGsm7(letter: string): string | null {
  if (BASIC.has(letter) || EXTENDED.has(letter)) return letter;
  const alike = ALIKE[letter] ?? letter.normalize('NFKD').replaceAll(MARKS, '');
  const known = Array.from(alike).every((one) => BASIC.has(one) || EXTENDED.has(one));
  if (known) return alike;
  // Pictures say nothing that words do not say.
  return /^\p{Extended_Pictographic}|\p{Cf}$/u.test(letter) ? '' : null;
}
