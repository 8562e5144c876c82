import fc from 'fast-check';
import { cleanSubject, numbersIn, ticketSubject } from './subject.js';

describe('a subject', () => {
  it('is one line, whatever came in', () => {
    expect(cleanSubject('Help\r\nBcc: everybody@example.com')).toBe('Help Bcc: everybody@example.com');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        const subject = cleanSubject(text);
        expect(subject).not.toMatch(/[\r\n\0\u202e]/);
        expect(subject.length).toBeGreaterThan(0);
        expect(Array.from(subject).length).toBeLessThanOrEqual(500);
      }),
    );
  });

  it('says so where there is none', () => {
    expect(cleanSubject(' \u200e ')).toBe('(no subject)');
    expect(ticketSubject('Re: ')).toBe('(no subject)');
  });

  it.each([
    ['Re: Printer', 'Printer'],
    ['RE: AW: Fwd: Printer', 'Printer'],
    ['Re[2]: Printer', 'Printer'],
    ['Re: Printer [#1042]', 'Printer'],
    ['回复：打印机', '打印机'],
    ['Regarding: Printer', 'Regarding: Printer'],
    ['Rechnung: 12', 'Rechnung: 12'],
  ])('of a mail "%s" makes the ticket "%s"', (mail, ticket) => {
    expect(ticketSubject(mail)).toBe(ticket);
  });

  it('bears our numbers in brackets only', () => {
    expect(numbersIn('Re: Printer [#1042]')).toEqual([1042]);
    expect(numbersIn('order #1042 and [1043] and [#99999999999]')).toEqual([]);
  });
});
