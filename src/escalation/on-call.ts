/** Who is on call by a rota, as arithmetic: for whoever shows it. */
export { duties, type Duty } from './chain/rota.js';
