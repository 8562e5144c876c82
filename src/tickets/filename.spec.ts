import fc from 'fast-check';
import { cleanFilename } from './filename.js';

describe('the name of a file', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\carl\\Desktop\\screen shot.png', 'screen shot.png'],
    ['ann\u202egpj.exe', 'anngpj.exe'],
    ['..', 'attachment'],
    ['', 'attachment'],
    ['/', 'attachment'],
    ['.htaccess', 'htaccess'],
    ['nul', '_nul'],
    ['COM1.txt', '_COM1.txt'],
    ['a<b>"c"|d?.txt', 'a_b__c__d_.txt'],
    ['line\r\nbreak.txt', 'linebreak.txt'],
    ['名前.pdf', '名前.pdf'],
    ['trailing. . ', 'trailing'],
  ])('%j becomes %j', (given, clean) => {
    expect(cleanFilename(given)).toBe(clean);
  });

  it('keeps its ending when it is cut', () => {
    const name = cleanFilename(`${'ü'.repeat(300)}.pdf`);
    expect(name.endsWith('ü.pdf')).toBe(true);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(180);
  });

  it('is harmless whatever it was, and stays as it is when cleaned again', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: fc.constantFrom('.', '/', '\\', ' ', 'a', ':', '\0') }),
        ),
        (given) => {
          const name = cleanFilename(given);
          expect(name).not.toMatch(/[/\\\0\r\n<>:"|?*\u202e]|^\.|^$/);
          expect(cleanFilename(name)).toBe(name);
        },
      ),
    );
  });
});
