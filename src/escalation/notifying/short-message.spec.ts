import { inGsm7, septets, shortMessage } from './short-message.js';

describe('a short message', () => {
  const ENDING = 'Answer 123456 to take it.\nhttps://desk.example.com/a/1z9kabcdefghijklmnopqrst';

  it('says what it can in the letters that cost seven bits', () => {
    expect(inGsm7('“Výpadek” – služby… ł ✓'.replace(' ✓', ''))).toBe('"Vypadek" - sluzby... l');
    expect(inGsm7('Überlastung für Straße à Zürich €5')).toBe('Überlastung für Straße à Zürich €5');
    expect(inGsm7('Down 🔥 now')).toBe('Down  now');
  });

  it('does not pretend to where another script is written', () => {
    for (const text of ['Сервер не отвечает', 'サーバー停止', 'Η υπηρεσία']) expect(inGsm7(text)).toBeNull();
  });

  it('counts brackets and the euro twice', () => {
    expect(septets('[L1] €')).toBe(9);
  });

  it('is one SMS of 160 letters at the most, and what to do stays whole', () => {
    const long = shortMessage(`First response overdue: #1042 ${'The shop is down [x] '.repeat(20)}`, ENDING);
    expect(septets(long)).toBeLessThanOrEqual(160);
    expect(septets(long)).toBeGreaterThan(155);
    expect(long.endsWith(`...\n${ENDING}`)).toBe(true);
    expect(shortMessage('Short', ENDING)).toBe(`Short\n${ENDING}`);
  });

  it('is two at the most in every other script', () => {
    const long = shortMessage(`First response overdue: #1042 ${'Сервер не отвечает '.repeat(20)}`, ENDING);
    expect(long.length).toBeLessThanOrEqual(134);
    expect(long).toContain('Сервер');
    expect(long.endsWith(ENDING)).toBe(true);
  });
});
