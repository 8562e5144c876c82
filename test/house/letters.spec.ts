import { readdirSync } from 'node:fs';
import path from 'node:path';
import { LetterWriter } from '../../src/mail/letter-writer.js';
import { Templates } from '../../src/platform/rendering/templates.js';
import { LETTER_SAMPLES } from '../../src/web/letters/letter-samples.js';

const folder = path.resolve(__dirname, '../../views/mail');
const written = [
  ...new Set(readdirSync(folder).flatMap((file) => /^([\w-]+)\.(?:subject|text|html)\.hbs$/.exec(file)?.[1] ?? [])),
];

describe('the letters', () => {
  const templates = new Templates();
  const writer = new LetterWriter(templates);
  const samples = writer.languages.flatMap(({ code }) =>
    Object.entries(LETTER_SAMPLES).flatMap(([letter, given]) =>
      given.map((data, index) => [`${letter} ${index + 1} in ${code}`, letter, data, code] as const),
    ),
  );

  it('are all known here', () => {
    expect(written.sort()).toEqual(Object.keys(LETTER_SAMPLES).sort());
  });

  it.each(writer.languages.map(({ code }) => code))('are all written in %s, in all three parts', (language) => {
    const place = language === 'en' ? 'mail' : `mail/${language}`;
    const missing = written
      .flatMap((letter) => ['subject', 'text', 'html'].map((part) => `${place}/${letter}.${part}`))
      .filter((name) => !templates.names.includes(name));
    expect(missing).toEqual([]);
  });

  it('are otherwise told apart by their words', () => {
    const { subject, text } = writer.write('ticket-received', LETTER_SAMPLES['ticket-received']?.[0] ?? {}, 'de');
    expect(subject).toContain('Ihre Anfrage ist eingegangen');
    expect(text).toContain('Dienstag, 2. Juni 2026 um 12:00 MESZ');
    expect(writer.write('ticket-received', LETTER_SAMPLES['ticket-received']?.[0] ?? {}, 'xx').subject).toContain(
      'We have',
    );
  });

  it('find the language that somebody writes in, and say nothing of what is too short or of another', () => {
    expect(writer.recognise('Hallo, ich kann mich nicht anmelden. Bitte setzen Sie das Passwort zurück.')).toBe('de');
    expect(writer.recognise('Hello, I can not sign in. Please reset the password for my account.')).toBe('en');
    expect(writer.recognise('Printer broken!')).toBeNull();
    expect(writer.recognise('Bonjour, je ne peux pas me connecter à mon compte depuis hier.')).toBeNull();
    expect(writer.choose(null, 'de-AT', 'en')).toBe('de');
    expect(writer.choose('fr', undefined)).toBe('en');
  });

  it.each(samples)('%s can be read in all three parts', (_, letter, data, language) => {
    const { subject, text, html } = writer.write(letter, data, language);

    expect(subject.trim()).toMatch(/^\S[^\r\n]*$/);
    for (const part of [subject, text, html]) {
      expect(part).not.toMatch(/undefined|\[object|NaN|Invalid Date|\{\{|>null<|\bnull\b/);
    }
    // Subject and text are read as they are; only HTML needs its signs written otherwise.
    for (const plain of [subject, text]) expect(plain).not.toMatch(/&(?:amp|lt|gt|quot|#)/);
    expect(text).not.toMatch(/\n{4,}/);
    expect(html).toMatch(/^<!doctype html>/i);
    expect(html).not.toContain('<b>tills</b>');
    expect(html).not.toMatch(/<script|<link\b|<img[^>]+src="http/i);
    // Whoever reads the text finds the same ways as whoever reads the HTML.
    const links = [...html.matchAll(/href="(http[^"]+)"/g)].map(([, href]) => href);
    for (const link of new Set(links)) expect(text).toContain(link);
  });
});
