/** Who is on call by a rota, as arithmetic: for whoever shows it. */
export { duties, onCall, type Duty } from './chain/rota.js';
