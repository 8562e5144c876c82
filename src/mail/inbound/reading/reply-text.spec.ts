import fc from 'fast-check';
import { tooMuchGrowth } from '../../../../test/support/growth.js';
import { newWords } from './reply-text.js';

const OLD = 'Old words\nmore old words';
const marked = OLD.replace(/^/gm, '> ');

describe('the new words of a reply', () => {
  it.each([
    'On Mon, Jun 1, 2026 at 11:20 AM Example Support <support@desk.test> wrote:',
    'On Mon, Jun 1, 2026 at 11:20 AM Example Support <\nsupport@desk.test> wrote:',
    'On 01/06/2026 11:20, Example Support wrote:',
    'On 1 Jun 2026, at 11:20, Example Support <support@desk.test> wrote:',
    'At 11:20 01.06.2026, you wrote:',
    'Am 01.06.2026 um 11:20 schrieb Example Support:',
    'Am Mo., 1. Juni 2026 um 11:20 Uhr schrieb Example Support <support@desk.test>:',
    'Am Montag, 1. Juni 2026, 11:20:00 CEST schrieb Example Support:',
    'Example Support <support@desk.test> schrieb am Mo., 1. Juni 2026, 11:20:',
    'Le lun. 1 juin 2026 à 11:20, Example Support <support@desk.test> a écrit :',
    'Le 01/06/2026 à 11:20, Example Support a écrit :',
    'El lun, 1 jun 2026 a las 11:20, Example Support (<support@desk.test>) escribió:',
    'El 01/06/2026 a las 11:20, Example Support escribió:',
    'Em seg., 1 de jun. de 2026 às 11:20, Example Support <support@desk.test> escreveu:',
    'Em 01/06/2026 11:20, Example Support escreveu:',
    'Il giorno lun 1 giu 2026 alle ore 11:20 Example Support <support@desk.test> ha scritto:',
    'Il 01/06/2026 11:20, Example Support ha scritto:',
    'Op ma 1 jun 2026 om 11:20 schreef Example Support <support@desk.test>:',
    'Op 01-06-2026 om 11:20 schreef Example Support:',
    'W dniu 1.06.2026 o 11:20, Example Support pisze:',
    'pon., 1 cze 2026 o 11:20 Example Support <support@desk.test> napisał(a):',
    'śr., 3 cze 2026 o 11:20 Example Support <support@desk.test> napisał(a):',
    'Den mån 1 juni 2026 kl 11:20 skrev Example Support <support@desk.test>:',
    'Den 2026-06-01 kl. 11:20, skrev Example Support:',
    'På 1. jun. 2026 kl. 11:20 skrev Example Support <support@desk.test>:',
    'ma 1. kesäk. 2026 klo 11.20 Example Support (support@desk.test) kirjoitti:',
    'Dne 1. 6. 2026 v 11:20 Example Support napsal(a):',
    'Example Support <support@desk.test> ezt írta (időpont: 2026. jún. 1., H, 11:20):',
    'Pe 01.06.2026 11:20, Example Support a scris:',
    'Example Support <support@desk.test>, 1 Haz 2026 Pzt, 11:20 tarihinde şunu yazdı:',
    'пн, 1 июн. 2026 г. в 11:20, Example Support <support@desk.test>:',
    '01.06.2026 11:20, Example Support пишет:',
    'Στις Δευ 1 Ιουν 2026 στις 11:20 ο χρήστης Example Support έγραψε:',
    '2026年6月1日(月) 11:20 Example Support <support@desk.test>:',
    '2026/06/01 11:20、Example Support <support@desk.test>のメール:',
    'Example Supportさんは書きました (2026/06/01 11:20):',
    'Example Support <support@desk.test> 于2026年6月1日周一 11:20写道：',
    '在 2026年6月1日，11:20，Example Support <support@desk.test> 写道：',
    'Example Support <support@desk.test> 於 2026年6月1日 週一 上午11:20寫道：',
    '2026년 6월 1일 (월) 오전 11:20, Example Support <support@desk.test>님이 작성:',
  ])('end before "%s"', (attribution) => {
    expect(newWords(`New words.\n\n${attribution}\n\n${marked}\n`)).toBe('New words.');
    expect(newWords(`${attribution}\n${marked}\n\nNew words.\n`)).toBe('New words.');
  });

  it.each([
    '-----Original Message-----',
    '-----Ursprüngliche Nachricht-----',
    "-----Message d'origine-----",
    '-----Mensaje original-----',
    '-----Mensagem original-----',
    '-----Messaggio originale-----',
    '-----Oorspronkelijk bericht-----',
    '-----Oryginalna wiadomość-----',
    '-----Ursprungligt meddelande-----',
    '----- Original Message -----',
    '------------------ 原始邮件 ------------------',
    '-----元のメッセージ-----',
    '---- Original message ----',
    '-------- Ursprüngliche Nachricht --------',
    'From: Example Support <support@desk.test>\nSent: Monday, June 1, 2026 11:20 AM\nTo: Carl\nSubject: Printer',
    'Von: Example Support [mailto:support@desk.test]\nGesendet: Montag, 1. Juni 2026 11:20\nAn: Carl\nBetreff: Drucker',
    'De : Example Support <support@desk.test>\nEnvoyé : lundi 1 juin 2026 11:20\nÀ : Carl\nObjet : Imprimante',
    'De: Example Support\nEnviado el: lunes, 1 de junio de 2026 11:20\nPara: Carl\nAsunto: Impresora',
    'De: Example Support\nEnviada em: segunda-feira, 1 de junho de 2026 11:20\nPara: Carl\nAssunto: Impressora',
    'Da: Example Support\nInviato: lunedì 1 giugno 2026 11:20\nA: Carl\nOggetto: Stampante',
    'Van: Example Support\nVerzonden: maandag 1 juni 2026 11:20\nAan: Carl\nOnderwerp: Printer',
    'Od: Example Support\nWysłano: poniedziałek, 1 czerwca 2026 11:20\nDo: Carl\nTemat: Drukarka',
    'Från: Example Support\nSkickat: den 1 juni 2026 11:20\nTill: Carl\nÄmne: Skrivare',
    '*From:* Example Support <support@desk.test>\n*Sent:* Monday, June 1, 2026 11:20 AM\n*To:* Carl\n*Subject:* Printer',
    '差出人: Example Support\n送信日時: 2026年6月1日 11:20\n宛先: Carl\n件名: プリンター',
    '发件人: Example Support\n发送时间: 2026年6月1日 11:20\n收件人: Carl\n主题: 打印机',
    'От: Example Support\nОтправлено: 1 июня 2026 г. 11:20\nКому: Carl\nТема: Принтер',
    '________________________________\nFrom: Example Support <support@desk.test>\nSent: Monday, June 1, 2026 11:20 AM\nTo: Carl\nSubject: Printer',
  ])('end before the unmarked history below "%s"', (line) => {
    expect(newWords(`New words.\n\n${line}\n\n${OLD}\n`)).toBe('New words.');
  });

  it.each([
    'Sent from my iPhone',
    'Sent from my Samsung Galaxy smartphone.',
    'Sent from Mail for Windows',
    'Sent via BlackBerry from Vodafone',
    'Von meinem iPhone gesendet',
    'Von meinem Samsung Galaxy Smartphone gesendet.',
    'Gesendet mit der GMX Mail App',
    'Diese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.',
    'Envoyé de mon iPhone',
    'Envoyé depuis mon mobile Orange',
    'Enviado desde mi iPhone',
    'Enviado do meu iPhone',
    'Inviato da iPhone',
    'Verzonden vanaf mijn iPhone',
    'Wysłane z iPhone’a',
    'Skickat från min iPhone',
    'Sendt fra min iPhone',
    'Отправлено с iPhone',
    'iPhoneから送信',
    '发自我的 iPhone',
    '나의 iPhone에서 보냄',
    'Get Outlook for iOS',
    'Get Outlook for Android<https://aka.ms/AAb9ysg>',
    'Outlook für iOS beziehen',
    'Yahoo Mail: Search, Organize, Conquer',
    'Sent with Proton Mail secure email.',
    '-- \nCarl Customer\nExample Ltd\n+49 30 1234567',
  ])('end before "%s"', (debris) => {
    expect(newWords(`New words.\n\n${debris}\n`)).toBe('New words.');
    expect(
      newWords(`New words.\n\n${debris}\n\nOn Mon, Jun 1, 2026 at 11:20 AM X <x@example.com> wrote:\n${marked}`),
    ).toBe('New words.');
  });

  it.each([
    ['On Monday at 11:20 I wrote:\nplease help\nand nobody did.'],
    ['I sent from my office a parcel.\nWhere is it?'],
    ['Hello\n\n- one\n- two\n\nBye'],
    ['The log says:\n\nFrom: tray 2\nStatus: empty\n\nWhat now?'],
    ['Version 2.0\n--\nmore\n' + 'words\n'.repeat(40) + 'end'],
    ['A > B and B > C'],
    ['Subject: of the day\nTo: whom it may concern'],
    ['Le chat a écrit un mot.'],
    ['Please sign here: ________________________________\nThank you'],
    ['Am Montag um 9 rief ich an.\n\nDann passierte:\nnichts.'],
  ])('are all there where nothing is history: %s', (text) => {
    expect(newWords(text)).toBe(text.trim());
  });

  it('keep the quotes between answers, not the one at the end', () => {
    const text = 'Hi,\n\n> one?\n\nyes\n\n> two?\n> really?\n\nno\n\n> Regards\n> Ann';
    expect(newWords(text)).toBe('Hi,\n\n> one?\n\nyes\n\n> two?\n> really?\n\nno');
  });

  it('never are less than nothing: a mail of quotes alone is shown', () => {
    expect(newWords(marked)).toBe(marked);
  });

  it('always are lines of the mail, whatever the mail', () => {
    const line = fc.constantFrom(
      '',
      'words',
      '> quote',
      'On Mon, Jun 1, 2026 at 11:20 X <x@example.com> wrote:',
      '-- ',
      'From: a',
      'Sent: Monday 11:20',
      'To: b',
      'Subject: c',
      '-----Original Message-----',
      'Sent from my iPhone',
      '---------- Forwarded message ---------',
      '>> deep',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const words = newWords(lines.join('\n'));
        const given = new Set(lines.flatMap((given) => [given.trimEnd(), given.replace(/^> ?/, '').trimEnd(), '']));
        given.add('');
        for (const shown of words.split('\n')) expect(given.has(shown)).toBe(true);
        if (lines.some((given) => given.trim() !== '')) expect(words).not.toBe('');
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['lines that nearly are attributions', (times: number) => `On 1 ${'a '.repeat(150)}x:\n`.repeat(187 * times)],
    ['one endless line', (times: number) => 'On 1 wrote '.repeat(3_125 * times)],
    ['headers without end', (times: number) => 'From: x\n'.repeat(1_250 * times)],
    ['dashes', (times: number) => `${'-'.repeat(300)} \n`.repeat(187 * times)],
    ['ever longer dashes', (times: number) => `${'-'.repeat(2_500 * times)} x\n`],
    ['spaces', (times: number) => `${' '.repeat(6_250 * times)}x\n`.repeat(10)],
    [
      'quotes and attributions in turn',
      (times: number) => 'Am 1.1.2026 um 10:00 schrieb X:\n> y\n'.repeat(187 * times),
    ],
  ])('take work that grows with the text and not with its square among %s', (_what, text) => {
    const reading = (times: number) => {
      const words = text(times);
      return () => newWords(words);
    };
    expect(tooMuchGrowth(reading)).toBeNull();
  });
});
