/** Proofs of work, which the server asks for while many accounts are being created: see docs/sign-in.md. */

import type { Schemas } from '../../api/client';
import type { ProofNeeded } from '../../shell/session.svelte';

/** How long the main thread is busy at a time, in ms: shorter than a frame of the display. */
const SLICE_MS = 10;
const BATCH = 256;
const BLOCK_BYTES = 64;

const FIRST_PRIMES = findPrimes(64);
const ROUNDS = Int32Array.from(FIRST_PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(FIRST_PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

/** Return the solution of a challenge. The page goes on meanwhile, as it is sought in slices. */
export async function solve({ challenge, bits }: ProofNeeded): Promise<Schemas['ProofSolution']> {
  // Filled up to whole blocks, which are hashed once: each try is one block more.
  const prefix = `${challenge}:`;
  const padding = 'x'.repeat((BLOCK_BYTES - (prefix.length % BLOCK_BYTES)) % BLOCK_BYTES);
  const known = new TextEncoder().encode(prefix + padding);
  const middle = START.slice();
  for (let at = 0; at < known.length; at += BLOCK_BYTES) compress(middle, known.subarray(at, at + BLOCK_BYTES));
  for (let number = 0; ;) {
    const until = performance.now() + SLICE_MS;
    while (performance.now() < until) {
      for (const end = number + BATCH; number < end; number += 1) {
        const state = middle.slice();
        compress(state, lastBlock(String(number), known.length));
        if (countZeros(state) >= bits) return { challenge, solution: padding + String(number) };
      }
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Return the last block of a message: a short text after `before` bytes, and the length of both. */
function lastBlock(text: string, before: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  for (let at = 0; at < text.length; at += 1) block[at] = text.charCodeAt(at);
  block[text.length] = 0x80;
  new DataView(block.buffer).setUint32(BLOCK_BYTES - 4, (before + text.length) * 8);
  return block;
}

/** Return the zero bits at the beginning of a hash. */
function countZeros(state: Int32Array): number {
  let bits = 0;
  for (const word of state) {
    bits += Math.clz32(word);
    if (word !== 0) break;
  }
  return bits;
}

const words = new Int32Array(64);

/** Add a block of 64 bytes to the state of SHA-256 (FIPS 180-4). `crypto.subtle` takes longer to be called than this to run. */
function compress(state: Int32Array, block: Uint8Array): void {
  const view = new DataView(block.buffer, block.byteOffset, BLOCK_BYTES);
  for (let at = 0; at < 16; at += 1) words[at] = view.getInt32(at * 4);
  for (let at = 16; at < 64; at += 1) {
    const [early, late] = [word(at - 15), word(at - 2)];
    const s0 = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const s1 = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    words[at] = (word(at - 16) + s0 + word(at - 7) + s1) | 0;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let at = 0; at < 64; at += 1) {
    const sum1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const t1 = (h + sum1 + ((e & f) ^ (~e & g)) + (ROUNDS[at] ?? 0) + word(at)) | 0;
    const sum0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const t2 = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const added = [a, b, c, d, e, f, g, h];
  for (let at = 0; at < 8; at += 1) state[at] = ((state[at] ?? 0) + (added[at] ?? 0)) | 0;
}

function word(at: number): number {
  return words[at] ?? 0;
}

function turn(value: number, by: number): number {
  return (value >>> by) | (value << (32 - by));
}

/** Return the first 32 bits of the fraction of a number. */
function fraction(value: number): number {
  return ((value - Math.floor(value)) * 2 ** 32) | 0;
}

function findPrimes(count: number): number[] {
  const found: number[] = [];
  for (let number = 2; found.length < count; number += 1) if (found.every((prime) => number % prime !== 0)) found.push(number);
  return found;
}
