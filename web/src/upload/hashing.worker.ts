// SHA-256 of a file and of its parts, in one pass: away from the page, and where there is no
// `crypto.subtle` (it is kept from pages by http).
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { type Hashed, PART_BYTES } from "./hashing";

export type Told = { progress: number } | { done: Hashed } | { failed: string };

const tell = (told: Told) => postMessage(told);

addEventListener("message", ({ data: file }: MessageEvent<File>) => {
  hash(file).then(
    (done) => tell({ done }),
    () => tell({ failed: "The file cannot be read any more. Choose it again." }),
  );
});

async function hash(file: File): Promise<Hashed> {
  const whole = sha256.create();
  const parts: string[] = [];
  for (let first = 0; first < file.size; first += PART_BYTES) {
    const bytes = new Uint8Array(await file.slice(first, first + PART_BYTES).arrayBuffer());
    whole.update(bytes);
    parts.push(bytesToHex(sha256(bytes)));
    tell({ progress: Math.min(1, (first + bytes.length) / file.size) });
  }
  return { sha256: bytesToHex(whole.digest()), parts };
}
