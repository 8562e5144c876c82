import { Users } from '../../src/identity/users.js';
import type { Role } from '../../src/identity/current-user.js';
import type { Actor } from '../../src/tickets/actor.js';
import type { House } from './house.js';

/** The people of our stories. Those who work at the desk come in when `hire` lets them; customers just write. */
export interface Person {
  readonly name: string;
  readonly email: string;
  /** As a mail program writes it. */
  readonly from: string;
}

export interface Colleague extends Person {
  readonly role: Role;
}

const person = (name: string, email: string): Person => ({ name, email, from: `${name} <${email}>` });
const colleague = (name: string, role: Role): Colleague => {
  const email = `${name.split(' ')[0]?.toLowerCase() ?? ''}@desk.test`;
  return { ...person(name, email), role };
};

export const ann = colleague('Ann Agent', 'agent');
export const bob = colleague('Bob Beside', 'agent');
export const mia = colleague('Mia Manager', 'manager');
export const adam = colleague('Adam Admin', 'admin');
export const staff = [ann, bob, mia, adam];

export const carl = person('Carl Customer', 'carl@harbour.example');
/** Carl's colleague at Harbour Hotels. */
export const cleo = person('Cleo Colleague', 'cleo@harbour.example');
export const sam = person('Sam Stranger', 'sam@elsewhere.example');

/** Lets everybody who works at the desk in. */
export async function hire(house: House): Promise<void> {
  await house.transaction(async (tx) => {
    for (const { email, name, role } of staff) {
      await house.get(Users).save(tx, { email, name, role }, { name: 'the story' });
    }
  });
}

/** Them, as those who do something. */
export async function acting(house: House, { email, name }: Person): Promise<Actor> {
  const user = await house.get(Users).byEmail(email);
  if (!user) throw new Error(`${name} does not work here: hire them first.`);
  return { kind: 'user', id: user.id, name: user.name, email: user.email };
}
