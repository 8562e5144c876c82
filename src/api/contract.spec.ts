import { Contract } from './contract.js';

describe('the contract', () => {
  const contract = new Contract();
  it('compiles', () => {
    expect(contract.operations.length).toBeGreaterThan(40);
    for (const name of Object.keys((contract.document as any).components.schemas)) contract.schema(name);
  });
});
