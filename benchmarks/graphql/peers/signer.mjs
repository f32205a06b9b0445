// The URLs of storage/signer.py, byte for byte: Signature Version 4 in the query string, with the
// signing instant floored to a window that is staggered by key.
import { createHmac, createSecretKey, hash } from "node:crypto";
import { crc32 } from "node:zlib";

const STAGGERS = 64;
const env = process.env;
const endpoint = new URL(env.TONEARM_S3_ENDPOINT_URL);
const base = `${endpoint.origin}/${env.TONEARM_S3_BUCKET}`;
const region = env.TONEARM_S3_REGION;
const windowSeconds = Number(env.TONEARM_STREAM_WINDOW_SECONDS);
const expires = Number(env.TONEARM_STREAM_TTL_SECONDS) + windowSeconds;

const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
const terms = new Map(); // by instant

function termsOf(instant) {
  let found = terms.get(instant);
  if (found === undefined) {
    const stamp = new Date(instant * 1000).toISOString().replace(/[-:]|\.\d+/g, "");
    const day = stamp.slice(0, 8);
    const scope = `${day}/${region}/s3/aws4_request`;
    const key = [day, region, "s3", "aws4_request"].reduce(
      hmac,
      `AWS4${env.TONEARM_S3_SECRET_ACCESS_KEY}`,
    );
    const credential = encodeURIComponent(`${env.TONEARM_S3_ACCESS_KEY_ID}/${scope}`);
    const query =
      `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${credential}` +
      `&X-Amz-Date=${stamp}&X-Amz-Expires=${expires}&X-Amz-SignedHeaders=host`;
    found = {
      query,
      end: `\nhost:${endpoint.host}\n\nhost\nUNSIGNED-PAYLOAD`,
      prefix: `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n`,
      key: createSecretKey(key),
    };
    if (terms.size >= 2 * STAGGERS) terms.clear();
    terms.set(instant, found);
  }
  return found;
}

// Keys of audio are of characters that need no escape.
export function sign(key, now = Date.now() / 1000) {
  const stagger = Math.floor(((crc32(key) % STAGGERS) * windowSeconds) / STAGGERS);
  const instant = Math.floor(Math.trunc(now - stagger) / windowSeconds) * windowSeconds + stagger;
  const { query, end, prefix, key: signingKey } = termsOf(instant);
  const request = hash("sha256", `GET\n/${env.TONEARM_S3_BUCKET}/${key}\n${query}${end}`, "hex");
  const signature = createHmac("sha256", signingKey).update(prefix + request).digest("hex");
  return `${base}/${key}?${query}&X-Amz-Signature=${signature}`;
}
