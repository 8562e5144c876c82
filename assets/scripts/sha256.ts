/** SHA-256 (FIPS 180-4). Browsers lend theirs to https pages only, and many a desk is reached by http within an office. */

const primes = firstPrimes(64);
/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes, and of the square roots of the first eight. */
const ROUNDS = Uint32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const START = Uint32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

const words = new Uint32Array(64);

/** With how many zero bits the hash of these ASCII letters begins. */
export function zerosBefore(letters: string): number {
  let zeros = 0;
  for (const word of sha256(letters)) {
    if (word !== 0) return zeros + Math.clz32(word);
    zeros += 32;
  }
  return zeros;
}

/** The hash of ASCII letters, as eight words. */
function sha256(letters: string): Uint32Array {
  const blocks = Math.ceil((letters.length + 9) / 64);
  const padded = new Uint8Array(blocks * 64);
  for (let at = 0; at < letters.length; at++) padded[at] = letters.charCodeAt(at);
  padded[letters.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, letters.length * 8);

  const hash = START.slice();
  for (let block = 0; block < blocks; block++) mix(hash, view, block * 64);
  return hash;
}

function mix(hash: Uint32Array, view: DataView, from: number): void {
  for (let at = 0; at < 16; at++) words[at] = view.getUint32(from + at * 4);
  for (let at = 16; at < 64; at++) {
    const [early, late] = [word(at - 15), word(at - 2)];
    const small = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const large = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words[at] = word(at - 16) + small + word(at - 7) + large;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
  for (let at = 0; at < 64; at++) {
    const chosen = (e & f) ^ (~e & g);
    const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + chosen + (ROUNDS[at] ?? 0) + word(at)) | 0;
    const most = (a & b) ^ (a & c) ^ (b & c);
    const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + most) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((part, place) => {
    hash[place] = (hash[place] ?? 0) + part;
  });
}

const word = (at: number): number => words[at] ?? 0;
const turned = (value: number, by: number): number => (value >>> by) | (value << (32 - by));

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32);
}

function firstPrimes(count: number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  }
  return found;
}
