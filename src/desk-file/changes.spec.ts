import { changeOfOrder, changesOf, changesOfDesk, inWords } from './changes.js';

describe('What a desk file changes, in words', () => {
  it('names what is added, changed and removed, and how', () => {
    const before = [
      { name: 'L1', title: 'Down', targets: { firstResponse: 60, resolution: { workingDays: 3 } } },
      { name: 'L2', title: 'Slow', targets: {} },
    ];
    const after = [
      { name: 'L1', title: 'Down', targets: { firstResponse: 30, resolution: { workingDays: 2 }, update: null } },
      { name: 'L9', title: 'Wish', targets: {} },
    ];
    expect(changesOf('levels', before, after).map(inWords)).toEqual([
      'level L1: targets.firstResponse 60 → 30; targets.resolution.workingDays 3 → 2; targets.update nothing → null',
      'level L9: added',
      'level L2: removed',
    ]);
  });

  it('says nothing where nothing is different', () => {
    const users = [{ email: 'ann@desk.test', name: 'Ann', role: 'agent' }];
    expect(changesOf('users', users, structuredClone(users))).toEqual([]);
    expect(changesOfDesk({ name: 'Help' }, { name: 'Help' })).toEqual([]);
    expect(
      changeOfOrder('rules', [{ name: 'a' }, { name: 'b' }], [{ name: 'a' }, { name: 'n' }, { name: 'b' }]),
    ).toEqual([]);
  });

  it('tells of the desk and of an order', () => {
    expect(changesOfDesk({ name: 'Desk', timezone: 'UTC' }, { name: 'Help', timezone: 'UTC' }).map(inWords)).toEqual([
      'the desk: name Desk → Help',
    ]);
    expect(changeOfOrder('rules', [{ name: 'a' }, { name: 'b' }], [{ name: 'b' }, { name: 'a' }]).map(inWords)).toEqual(
      ['order of rules: ["a","b"] → ["b","a"]'],
    );
  });
});
