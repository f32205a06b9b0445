/** Why audio cannot be read; `reason` is what the page explains. */
export class PlaybackError extends Error {
  constructor(readonly reason: "network" | "refused" | "gone" | "format") {
    super(reason);
  }
}

/**
 * Gives the URL of the audio; `stale` is one that the object store has just refused. Rejects with a
 * `PlaybackError`.
 */
export type Locate = (stale?: string) => string | Promise<string>;

/** Where this browser keeps a file for times without a network. */
export interface Kept {
  /** The whole file; null where it is not kept. */
  open(): Promise<Blob | null>;
  /** All of the file was read. */
  keep(whole: Blob): void;
}

const RETRY_MS = [300, 1000, 2000];
/** Larger files are not kept: they are gathered in memory. */
const LARGEST = 40e6;
/** What was left out in reading is read after all, where it is no more. */
const MOST_MISSING = 2e6;

/** A file in the object store, read by HTTP Range. */
export class RemoteFile {
  /** In bytes; null until the first answer, or where the store does not tell. */
  size: number | null = null;

  private parked: ByteReader | null = null;
  /** Without what signs its URL. */
  private name: string | null = null;
  /** What was read of it, by its place; null when that is not wanted any more. */
  private pieces: Map<number, Uint8Array<ArrayBuffer>> | null;

  constructor(
    private readonly locate: Locate,
    private readonly kept?: Kept,
  ) {
    this.pieces = kept ? new Map() : null;
  }

  /** The bytes from `offset` on. Throws `PlaybackError`; the signal ends it with `AbortError`. */
  reader(offset: number, signal: AbortSignal): ByteReader {
    const parked = this.parked;
    this.parked = null;
    if (parked?.signal === signal && parked.position === offset) return parked;
    parked?.close();
    return new ByteReader(this, offset, signal);
  }

  /** Keeps a reader, so that who reads on at its position needs no new request. */
  park(reader: ByteReader): void {
    this.parked = reader;
  }

  /** A response that begins at `offset`. An expired URL is replaced, a lost connection retried. */
  async open(offset: number, signal: AbortSignal): Promise<Response> {
    if (!navigator.onLine) {
      const response = await this.openKept(offset);
      if (response) return response;
    }
    // Nothing is awaited before the first request: a click becomes a media request at once.
    let refused: string | undefined;
    for (let renewed = false, failures = 0; ; ) {
      let response: Response;
      let url: string;
      try {
        const located = this.locate(refused);
        url = typeof located === "string" ? located : await located;
        this.check(url);
        response = await fetch(url, {
          headers: { Range: `bytes=${offset}-` },
          credentials: "omit",
          signal,
        });
      } catch (error) {
        if (signal.aborted || (error instanceof PlaybackError && error.reason !== "network")) throw error;
        const response = await this.openKept(offset);
        if (response) return response;
        const delay = RETRY_MS[failures++];
        if (delay === undefined) throw new PlaybackError("network");
        await sleep(delay, signal);
        continue;
      }
      if (response.status === 206 || (response.status === 200 && offset === 0)) {
        this.size ??= sizeOf(response);
        return response;
      }
      await response.body?.cancel();
      if (response.status === 416) return new Response(null, { status: 204 });
      if (response.status >= 500) {
        const delay = RETRY_MS[failures++];
        if (delay === undefined) throw new PlaybackError("network");
        await sleep(delay, signal);
      } else if (renewed) {
        throw new PlaybackError(response.status === 403 ? "refused" : "gone");
      } else {
        renewed = true;
        refused = url;
      }
    }
  }

  /** Notes bytes that were read, until they are the whole file. */
  gather(offset: number, bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.pieces || this.size === null) return;
    if (this.size > LARGEST) {
      this.pieces = null;
      return;
    }
    if ((this.pieces.get(offset)?.length ?? 0) < bytes.length) this.pieces.set(offset, bytes);
    if (offset + bytes.length < this.size) return; // the end is read last
    const { parts, holes } = this.gathered();
    if (holes.length > 0) return;
    this.pieces = null;
    this.kept?.keep(new Blob(parts));
  }

  /** The song was read to its end: what reading it left out is read too, so that the file is whole. */
  async complete(): Promise<void> {
    if (!this.pieces || this.size === null) return;
    const { holes } = this.gathered();
    if (holes.reduce((sum, [from, to]) => sum + to - from, 0) > MOST_MISSING) return;
    for (const [from, to] of holes) {
      const reader = new ByteReader(this, from, new AbortController().signal);
      await reader.peek(to - from);
      reader.close();
    }
    if (this.pieces) this.gather(this.size, new Uint8Array());
  }

  /** What was read, in order, and the places between. */
  private gathered() {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    const holes: [from: number, to: number][] = [];
    let end = 0;
    for (const [offset, bytes] of [...this.pieces!].sort(([a], [b]) => a - b)) {
      if (offset > end) holes.push([end, offset]);
      if (offset + bytes.length > end) parts.push(bytes.subarray(Math.max(0, end - offset)));
      end = Math.max(end, offset + bytes.length);
    }
    if (end < this.size!) holes.push([end, this.size!]);
    return { parts, holes };
  }

  private async openKept(offset: number): Promise<Response | null> {
    const whole = await this.kept?.open();
    if (!whole) return null;
    this.size = whole.size;
    return new Response(whole.slice(offset));
  }

  /** Bytes of another file must not follow: the song has a better one since. Begins anew there. */
  private check(url: string): void {
    const name = url.split("?")[0]!;
    this.name ??= name;
    if (this.name !== name) throw new PlaybackError("format");
  }
}

/** Reads forward through a file. A connection that breaks on the way is opened anew. */
export class ByteReader {
  private chunks: Uint8Array = new Uint8Array(0);
  private stream: ReadableStreamDefaultReader<Uint8Array> | null = null;
  private ended = false;

  constructor(
    private readonly file: RemoteFile,
    /** Where the next byte lies in the file. */
    public position: number,
    readonly signal: AbortSignal,
  ) {}

  /** At least `length` bytes without taking them; fewer only at the end of the file. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.chunks.length < length && !this.ended) await this.pull();
    return this.chunks;
  }

  /** Exactly `length` bytes, or null when the file ends before. */
  async take(length: number): Promise<Uint8Array | null> {
    const bytes = await this.peek(length);
    if (bytes.length < length) return null;
    this.skip(length);
    return bytes.subarray(0, length);
  }

  /** Goes on behind `length` bytes, by a new request where they are many. */
  skip(length: number): void {
    this.position += length;
    if (length <= this.chunks.length) {
      this.chunks = this.chunks.subarray(length);
    } else {
      this.chunks = new Uint8Array(0);
      this.close();
    }
  }

  close(): void {
    this.stream?.cancel().catch(() => undefined);
    this.stream = null;
  }

  private async pull(): Promise<void> {
    const from = this.position + this.chunks.length;
    if (this.file.size !== null && from >= this.file.size) {
      this.ended = true;
      return;
    }
    if (!this.stream) {
      const body = (await this.file.open(from, this.signal)).body;
      if (!body) {
        this.ended = true;
        return;
      }
      this.stream = body.getReader();
    }
    let result: ReadableStreamReadResult<Uint8Array>;
    try {
      result = await this.stream.read();
    } catch (error) {
      if (this.signal.aborted) throw error;
      this.stream = null; // lost on the way: the next pull asks for the rest
      return;
    }
    if (result.value) {
      this.file.gather(from, result.value as Uint8Array<ArrayBuffer>);
      this.chunks = concat([this.chunks, result.value]);
    } else {
      this.stream = null;
      // A connection that ends too early is another lost one.
      this.ended = this.file.size === null || from >= this.file.size;
    }
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Waits; a network that comes back ends the wait early. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}

function sizeOf(response: Response): number | null {
  const range = /\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1];
  const length = response.status === 200 ? response.headers.get("Content-Length") : null;
  return range || length ? Number(range ?? length) : null;
}
