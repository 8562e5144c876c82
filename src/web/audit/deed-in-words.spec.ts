import { deedInWords } from './deed-in-words.js';

describe('an entry of the audit log in words', () => {
  it.each([
    ['policy.changed', 'policy Standard', 'changed the policy'],
    ['rules.changed', 'rules', 'changed'],
    ['user.disabled', 'user ann@desk.test', 'disabled the user'],
    ['session.started', 'user ann@desk.test', 'signed in as'],
    ['clocks.triedAgain', 'ticket 1042', 'tried again the clocks'],
    ['responder.secret-renewed', 'responder Night phone', 'secret renewed the responder'],
  ])('%s of %s: %s', (action, subject, words) => {
    expect(deedInWords({ action, subject })).toBe(words);
  });
});
