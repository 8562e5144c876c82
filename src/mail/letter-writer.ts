import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Injectable } from '@nestjs/common';
import { packageRoot } from '../platform/rendering/package-root.js';
import { Templates } from '../platform/rendering/templates.js';

/** What a letter says, ready to leave. */
export interface WrittenLetter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A language that letters are written in, as `views/mail/languages.json` describes it. */
export interface Language {
  /** Such as `de`. */
  readonly code: string;
  /** In the language itself. */
  readonly name: string;
  /** Small words that nearly every text in it holds, and few in others. */
  readonly commonWords: readonly string[];
  /** What the desk itself calls things, in this language. */
  readonly phrases: Readonly<Record<string, string>>;
}

const LANGUAGES = path.join(packageRoot, 'views/mail/languages.json');
/** Its letters lie in views/mail itself; those of the others in a folder of their own. */
export const FIRST_LANGUAGE = 'en';

/**
 * Writes letters from their templates in the language of whoever gets them: `views/mail/<language>/<letter>.{subject,text,html}.hbs`. A
 * letter that nobody has translated yet is written in English. A further language needs its folder and its entry in languages.json.
 */
@Injectable()
export class LetterWriter {
  readonly languages: readonly Language[];
  private readonly names: ReadonlySet<string>;

  constructor(private readonly templates: Templates) {
    this.languages = Object.entries(
      JSON.parse(readFileSync(LANGUAGES, 'utf8')) as Record<string, Omit<Language, 'code'>>,
    ).map(([code, about]) => ({ code, ...about }));
    this.names = new Set(templates.names);
  }

  write(letter: string, data: object, language: string = FIRST_LANGUAGE): WrittenLetter {
    const translated = `mail/${language}/${letter}`;
    const known = language !== FIRST_LANGUAGE && this.names.has(`${translated}.subject`);
    const place = known ? translated : `mail/${letter}`;
    const spoken = known ? language : FIRST_LANGUAGE;
    const phrases = this.languages.find(({ code }) => code === spoken)?.phrases ?? {};
    const part = (name: string): string =>
      this.templates.render(`${place}.${name}`, data, { language: spoken, phrases });
    return { subject: part('subject'), text: part('text'), html: part('html') };
  }

  /** The first of these that letters are written in: `de-AT` is served by `de`. */
  choose(...wanted: readonly (string | null | undefined)[]): string {
    for (const tag of wanted) {
      const [code] = (tag ?? '').toLowerCase().split('-');
      if (this.languages.some((language) => language.code === code)) return code ?? FIRST_LANGUAGE;
    }
    return FIRST_LANGUAGE;
  }

  /** The language that a text is written in, if it is one of ours and there is enough of it to tell. */
  recognise(text: string): string | null {
    const words =
      text
        .toLowerCase()
        .slice(0, 4_000)
        .match(/\p{L}+/gu) ?? [];
    const counts = this.languages
      .map(({ code, commonWords }) => ({ code, count: words.filter((word) => commonWords.includes(word)).length }))
      .sort((a, b) => b.count - a.count);
    const [best, next] = counts;
    return best === undefined || best.count < 3 || best.count < 2 * (next?.count ?? 0) ? null : best.code;
  }
}
