import { parseMail } from './parse-mail.js';

const HOUSE = { addresses: ['support@desk.test'], domains: ['desk.test'] };

function classify(
  header: string,
  {
    from = 'carl@example.com',
    subject = 'Printer on fire',
    envelopeFrom = 'carl@example.com',
    id = '<x@example.com>',
  }: { from?: string; subject?: string; envelopeFrom?: string | null; id?: string } = {},
): { automatic: string | null; answered: boolean } {
  const raw = Buffer.from(
    `From: ${from}\r\nSubject: ${subject}\r\nMessage-ID: ${id}\r\n${header === '' ? '' : `${header}\r\n`}\r\nwords`,
  );
  const { automatic, noAcknowledgementBecause } = parseMail(
    raw,
    { envelopeFrom, envelopeTo: ['support@desk.test'] },
    HOUSE,
  );
  return { automatic, answered: noAcknowledgementBecause === null };
}

describe('telling machines from people', () => {
  it.each([
    ['Auto-Submitted: auto-replied', 'reply'],
    ['Auto-Submitted: auto-replied (vacation)', 'reply'],
    ['Auto-Submitted: auto-generated', 'notice'],
    ['Auto-Submitted: auto-notified', 'notice'],
    ['Precedence: auto_reply', 'reply'],
    ['Precedence: bulk', 'bulk'],
    ['Precedence: list', 'bulk'],
    ['Precedence: junk', 'bulk'],
    ['X-Autoreply: yes', 'reply'],
    ['X-Autorespond: Out', 'reply'],
    ['X-Autoresponder: x', 'reply'],
    ['X-Auto-Response-Suppress: All', 'notice'],
    ['X-Auto-Response-Suppress: DR, OOF, AutoReply', 'notice'],
    ['X-Loop: somebody@example.com', 'notice'],
    ['List-Id: <x.example.com>', 'bulk'],
    ['List-Unsubscribe: <https://example.com>', 'bulk'],
  ])('%s is written by a machine', (header, automatic) => {
    expect(classify(header)).toEqual({ automatic, answered: false });
  });

  it.each([
    '',
    'Auto-Submitted: no',
    'Precedence: normal',
    'Precedence: first-class',
    'X-Auto-Response-Suppress: None',
    'X-Autoreply: no',
    'X-Priority: 1',
    'X-Punctual-Letter: forged',
  ])('nothing in "%s" speaks against a person', (header) => {
    expect(classify(header)).toEqual({ automatic: null, answered: true });
  });

  it.each([
    'MAILER-DAEMON@example.com',
    'postmaster@example.com',
    'no-reply@example.com',
    'noreply@example.com',
    'donotreply@example.com',
    'no_reply+x@example.com',
    'do-not-reply@example.com',
  ])('nobody reads %s', (from) => {
    expect(classify('', { from, envelopeFrom: from })).toEqual({ automatic: 'notice', answered: false });
    expect(classify('', { envelopeFrom: from })).toEqual({ automatic: 'notice', answered: false });
  });

  it.each(['noreen@example.com', 'postmasters.guild@example.com', 'reply@example.com', 'automation.team@example.com'])(
    'somebody reads %s',
    (from) => {
      expect(classify('', { from, envelopeFrom: from })).toEqual({ automatic: null, answered: true });
    },
  );

  it('answers neither itself, nor the null return path, nor what carries its own Message-ID domain', () => {
    expect(classify('', { from: 'support@desk.test' })).toEqual({ automatic: null, answered: false });
    expect(classify('', { envelopeFrom: 'support+token@desk.test' })).toEqual({ automatic: null, answered: false });
    expect(classify('', { envelopeFrom: null })).toEqual({ automatic: 'notice', answered: false });
    expect(classify('', { id: '<anything@desk.test>' })).toEqual({ automatic: null, answered: false });
  });

  it.each([
    'Out of Office',
    'Out of Office: Printer on fire',
    'Out of office Re: Printer on fire',
    'Automatic reply: Printer on fire',
    'AUTO: Carl is out of the office (returning 06/08/2026)',
    'Autoreply: x',
    'Auto-Reply: x',
    'Automatische Antwort: Ihre Anfrage',
    'Abwesenheitsnotiz',
    'Abwesend: Drucker',
    'Réponse automatique : Imprimante',
    'Absence du bureau: x',
    'Respuesta automática: x',
    'Fuera de la oficina: x',
    'Resposta automática: x',
    'Risposta automatica: x',
    'Fuori sede: x',
    'Automatisch antwoord: x',
    'Afwezig: x',
    'Odpowiedź automatyczna: x',
    'Autosvar: x',
    'Automatiskt svar: x',
    'Frånvaro: x',
    'Automaattinen vastaus: x',
    'Automatická odpověď: x',
    'Автоответ: x',
    '自動応答: x',
    '自動返信: x',
    '自动回复: x',
    '자동 회신: x',
  ])('"%s" is an automatic reply', (subject) => {
    expect(classify('', { subject })).toEqual({ automatic: 'reply', answered: false });
  });

  it.each([
    'Out of office hours support?',
    'Automatic reply does not work',
    'The automatic reply: a question',
    'Vacation rental broken',
    'Urlaubsantrag',
    'Auto is broken',
    'Away from keyboard: how?',
    'Abwesenheiten im Kalender',
  ])('"%s" is a question', (subject) => {
    expect(classify('', { subject })).toEqual({ automatic: null, answered: true });
  });
});
