/** Who is on call by a rota, as arithmetic: for whoever shows it. */
export { gaps, type Gap } from './chain/gaps.js';
export { duties, type Duty } from './chain/rota.js';
