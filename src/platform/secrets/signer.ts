import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const MAC_BYTES = 20;

/**
 * Signs what must come back unchanged: reply addresses, links, bounce addresses. Each purpose has a key of its own, derived from
 * the desk's secret key by HKDF (RFC 5869), so a token made for one purpose opens nothing else.
 */
@Injectable()
export class Signer {
  private readonly keys = new Map<string, Buffer>();

  constructor(private readonly secretKey: string) {}

  /**
   * A token that carries `payload` in the open, with 160 bits of HMAC-SHA256 before it, in the letters and digits of base32
   * (RFC 4648, lower case): safe in a URL and in the local part of an address, whatever its case becomes on the way.
   */
  token(purpose: string, payload: string): string {
    const bytes = Buffer.from(payload, 'utf8');
    return toBase32(Buffer.concat([this.mac(purpose, bytes), bytes]));
  }

  /** The payload of a token, or null if it was not made here for this purpose. */
  open(purpose: string, token: string): string | null {
    const bytes = fromBase32(token.toLowerCase());
    if (bytes === null || bytes.length < MAC_BYTES) return null;

    const payload = bytes.subarray(MAC_BYTES);
    return timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.mac(purpose, payload)) ? payload.toString('utf8') : null;
  }

  /** HMAC-SHA256 of `data` under the key of this purpose, 32 bytes. */
  hmac(purpose: string, data: string | Buffer): Buffer {
    return createHmac('sha256', this.keyFor(purpose)).update(data).digest();
  }

  private mac(purpose: string, payload: Buffer): Buffer {
    return this.hmac(purpose, payload).subarray(0, MAC_BYTES);
  }

  private keyFor(purpose: string): Buffer {
    const known = this.keys.get(purpose);
    if (known !== undefined) return known;

    const key = Buffer.from(hkdfSync('sha256', this.secretKey, 'punctual', purpose, 32));
    this.keys.set(purpose, key);
    return key;
  }
}

function toBase32(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((value >> bits) & 31);
    }
  }
  return bits === 0 ? text : text + ALPHABET.charAt((value << (5 - bits)) & 31);
}

function fromBase32(text: string): Buffer | null {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) return null;

    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 255);
    }
  }
  // What is left over must be padding, or a token could be written in more than one way.
  return (value & ((1 << bits) - 1)) === 0 && bits < 5 ? Buffer.from(bytes) : null;
}
