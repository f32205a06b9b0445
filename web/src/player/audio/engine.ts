// Songs one behind the other on the timeline of one media element. Each song has its place there;
// the append window of the source buffer cuts what encoders added, to the sample, so that the next
// song begins where the one before it ends. See docs/decisions for why.
import type { Run, Track } from "./format";
import { initSegment, mediaSegment } from "./fmp4";
import { type Kept, PlaybackError, RemoteFile, concat, type Locate } from "./remote";
import { MediaSourceHere, canJoin, readTrack, supported } from "./tracks";

/** One playing of a song. The same song twice in a row has two keys. */
export interface Playable {
  key: string;
  mimeType: string;
  durationMs: number;
  locate: Locate;
  /** Where it is kept for times without a network; what is not joined is not kept. */
  kept?: Kept;
  /** Factor that makes it as loud as the others. */
  gain: number;
  /** Lies on a host that lets pages play it but not read it. */
  isLinked: boolean;
}

export interface EngineEvents {
  /** The place moved, or what it plays began, paused or waits. */
  change(): void;
  /** The song that was to follow plays now. */
  advance(item: Playable): void;
  /** Nothing follows. */
  ended(): void;
  /** There is no sound because of this; null once there is again. */
  failed(error: PlaybackError | null): void;
}

interface Place {
  item: Playable;
  file: RemoteFile;
  track: Track | null;
  /** Seconds on the timeline. */
  start: number;
  /** Where the next one begins; null until all of it was read. */
  end: number | null;
  /** It was read to its end. */
  isComplete: boolean;
}

/** Seconds that are read ahead, kept behind. */
const AHEAD = 60;
const BEHIND = 40;
const FOREVER = 1e6;

export class Engine {
  /** What goes through the timeline, and the audio graph. */
  private readonly joined = new Audio();
  /** What plays the audio of other hosts, which may not go through the graph. */
  private linked: HTMLAudioElement | null = null;
  /** The one of the two that is in use. */
  private element = this.joined;
  private source: MediaSource | null = null;
  private opened: Promise<SourceBuffer> | null = null;
  private buffer: SourceBuffer | null = null;
  private type = "";
  private initialised: Track | null = null;
  /** What plays, and what follows it. */
  private places: Place[] = [];
  private following: Playable | null = null;
  private writer: { controller: AbortController; place: Place } | null = null;
  private error: PlaybackError | null = null;
  private sequence = 0;
  /** Ends when all orders to the source buffer have been carried out. */
  private turn: Promise<void> = Promise.resolve();
  private boundary: ReturnType<typeof setTimeout> | undefined;
  private context: AudioContext | null = null;
  private gain: GainNode | null = null;
  private level = 1;
  /** The element plays the URL itself: a format that cannot be joined. */
  private isDirect = false;
  /** It has a new URL already, and has not played since. */
  private isRelocated = false;

  constructor(private readonly events: EngineEvents) {
    this.joined.crossOrigin = "anonymous";
    this.listen(this.joined);
    addEventListener("online", () => this.error && this.retry());
    // Ready before the first click.
    this.attach();
    for (const name of ["pointerdown", "keydown"]) {
      addEventListener(name, () => this.connect(), { once: true, capture: true });
    }
  }

  private listen(element: HTMLAudioElement): void {
    element.preload = "auto";
    const names = ["timeupdate", "seeked", "playing", "pause", "play", "waiting", "ended", "durationchange"];
    for (const name of names) element.addEventListener(name, () => element === this.element && this.tick(name));
    element.addEventListener("error", () => {
      if (element === this.element && element.error && this.places.length) {
        const { item } = this.places[0]!;
        if (this.isDirect && navigator.onLine && !this.isRelocated) {
          this.playDirectly(item, this.position); // its URL may have ended in a pause
          this.isRelocated = true;
          return;
        }
        const isNetwork = element.error.code === MediaError.MEDIA_ERR_NETWORK || !navigator.onLine;
        this.fail(new PlaybackError(isNetwork ? "network" : "format"));
      }
    });
  }

  private use(element: HTMLAudioElement): void {
    if (element === this.element) return;
    this.element.pause();
    element.playbackRate = element.defaultPlaybackRate = this.element.defaultPlaybackRate;
    this.element = element;
  }

  get current(): Playable | null {
    return this.places[0]?.item ?? null;
  }

  /** Seconds into the song. */
  get position(): number {
    const place = this.places[0];
    return place ? Math.max(0, this.element.currentTime - place.start) : 0;
  }

  /** Seconds, as the file itself says; 0 while that is not known. */
  get duration(): number {
    const place = this.places[0];
    if (!place) return 0;
    if (!this.isDirect) return place.end === null ? 0 : place.end - place.start;
    return Number.isFinite(this.element.duration) ? this.element.duration : 0;
  }

  get isPaused(): boolean {
    return this.element.paused;
  }

  /** Wants to play, and cannot until more has come. */
  get isWaiting(): boolean {
    const element = this.element;
    return !element.paused && !element.ended && element.readyState < element.HAVE_FUTURE_DATA;
  }

  /** Plays `item` now, from `at` seconds on. Must be called in a handler of the user's action. */
  play(item: Playable, at = 0): void {
    this.connect();
    this.stopWriting();
    this.clear();
    this.following = null;
    if (!joins(item)) {
      this.playDirectly(item, at);
    } else {
      if (this.isDirect || !this.source) this.attach();
      const start = Math.ceil(Math.max(1, this.element.currentTime, this.bufferedEnd()) + 1);
      this.places = [
        { item, file: new RemoteFile(item.locate, item.kept), track: null, start, end: null, isComplete: false },
      ];
      this.write(this.places[0]!, at);
      this.reopen();
      this.element.currentTime = start + at;
    }
    this.setGain(item, true);
    this.element.play().catch(() => undefined); // the events say what became of it
    this.events.change();
  }

  /** What is to follow without a gap; null when nothing is. */
  follow(item: Playable | null): void {
    if (this.following?.key === item?.key) return;
    this.following = item;
    const place = this.places[0];
    if (!place || this.isDirect) return;
    if (this.places.length > 1) {
      if (this.writer && this.writer.place !== place) this.stopWriting();
      this.places.length = 1;
      if (place.end !== null) void this.remove(place.end, Infinity);
    }
    if (place.isComplete && !this.writer) this.writeNext();
  }

  resume(): void {
    this.connect();
    if (this.error) this.retry();
    this.element.play().catch(() => undefined);
  }

  pause(): void {
    this.element.pause();
  }

  /** Goes to `seconds` of the song that plays. */
  seek(seconds: number): void {
    const place = this.places[0];
    if (!place) return;
    this.clear();
    const { durationMs } = place.item;
    const end = durationMs > 0 ? place.start + durationMs / 1000 : this.element.duration;
    const longest = (place.end ?? end) - 0.05;
    this.element.currentTime = Math.min(place.start + Math.max(0, seconds), longest);
    if (!this.isDirect) this.resumeWriting();
    this.events.change();
  }

  /** 0 is silent, 1 as loud as the file; what lies between follows the ear. */
  setVolume(volume: number): void {
    this.level = volume * volume;
    if (this.places[0]) this.setGain(this.places[0].item, false);
  }

  /** How fast it plays; 1 is as it was recorded. The pitch stays. */
  setRate(rate: number): void {
    for (const element of [this.joined, this.linked]) {
      if (element) element.playbackRate = element.defaultPlaybackRate = rate;
    }
  }

  /** Tries again to read what could not be read. */
  retry(): void {
    const place = this.places[0];
    if (!place) return;
    this.clear();
    if (this.isDirect) {
      this.playDirectly(place.item, this.position);
      this.element.play().catch(() => undefined);
    } else if (this.source?.readyState === "closed" || this.element.error) {
      const following = this.following;
      this.attach();
      this.play(place.item, this.position);
      this.follow(following);
    } else {
      this.resumeWriting();
    }
  }

  stop(): void {
    this.stopWriting();
    this.clear();
    this.element.pause();
    this.places = [];
    this.following = null;
  }

  private playDirectly(item: Playable, at: number): void {
    this.isDirect = true;
    this.source = this.buffer = null;
    if (item.isLinked && !this.linked) this.listen((this.linked = new Audio()));
    this.use(item.isLinked ? this.linked! : this.joined);
    const file = new RemoteFile(item.locate);
    this.places = [{ item, file, track: null, start: 0, end: null, isComplete: true }];
    void Promise.resolve(item.locate(this.element.error ? this.element.src : undefined)).then(
      (url) => {
        if (this.places[0]?.item !== item) return;
        this.element.src = url;
        this.element.currentTime = at;
        this.element.play().catch(() => undefined);
      },
      (error: unknown) => {
        if (this.places[0]?.item === item) this.fail(error as PlaybackError);
      },
    );
  }

  private attach(): void {
    if (!MediaSourceHere) return;
    const source = new MediaSourceHere();
    this.use(this.joined);
    this.isDirect = false;
    this.source = source;
    this.buffer = null;
    this.type = "";
    this.opened = new Promise((resolve) => {
      source.addEventListener(
        "sourceopen",
        () => {
          if (this.source !== source) return;
          URL.revokeObjectURL(this.element.src);
          this.type = supported(["audio/mpeg", 'audio/mp4; codecs="mp4a.40.2"'])!;
          this.initialised = null;
          this.buffer = source.addSourceBuffer(this.type);
          source.duration = FOREVER;
          resolve(this.buffer);
        },
        { once: true },
      );
    });
    this.element.disableRemotePlayback = true; // a managed source wants it
    this.element.src = URL.createObjectURL(source);
  }

  /** The way of the sound: element, loudness, speakers. */
  private connect(): void {
    if (!this.context) {
      const session = (navigator as { audioSession?: { type: string } }).audioSession;
      if (session) session.type = "playback"; // sound goes on behind a locked screen
      this.context = new AudioContext();
      this.gain = this.context.createGain();
      this.context.createMediaElementSource(this.joined).connect(this.gain);
      this.gain.connect(this.context.destination);
    }
    if (this.context.state !== "running") void this.context.resume();
  }

  private setGain(item: Playable, atOnce: boolean): void {
    const value = item.gain * this.level;
    if (this.element === this.linked) this.linked.volume = Math.min(1, value);
    if (!this.context || !this.gain) return;
    if (atOnce) this.gain.gain.setValueAtTime(value, this.context.currentTime);
    else this.gain.gain.setTargetAtTime(value, this.context.currentTime, 0.015);
  }

  /** The end of the stream cut the timeline to what was there: makes room for more. */
  private reopen(): void {
    if (this.source?.readyState !== "ended" || !this.buffer) return;
    this.buffer.timestampOffset = 0; // any change opens it again
    this.source.duration = FOREVER;
  }

  /** Reads `place` from `from` seconds on, then what follows it. */
  private write(place: Place, from: number): void {
    this.stopWriting();
    const controller = new AbortController();
    const writer = { controller, place };
    this.writer = writer;
    this.copy(place, from, controller.signal).then(
      () => {
        if (this.writer !== writer) return;
        this.writer = null;
        if (!place.isComplete) return;
        this.writeNext();
        place.file.complete().catch(() => undefined); // then it is not kept
      },
      (error: unknown) => {
        if (this.writer !== writer) return;
        this.writer = null;
        if (controller.signal.aborted) return;
        const known = error instanceof PlaybackError ? error : new PlaybackError("format");
        if (known !== error) console.error(error);
        if (known.reason === "format" && place === this.places[0]) {
          this.playDirectly(place.item, this.position); // the browser may know better
        } else {
          this.fail(known);
        }
      },
    );
  }

  private stopWriting(): void {
    this.writer?.controller.abort();
    this.writer = null;
  }

  private writeNext(): void {
    const [place, next] = this.places;
    if (!place?.isComplete || place.end === null) return;
    if (next) {
      if (!next.isComplete && !this.writer) this.write(next, 0);
      return;
    }
    const item = this.following;
    if (item && joins(item)) {
      this.places.push({
        item,
        file: new RemoteFile(item.locate, item.kept),
        track: null,
        start: place.end,
        end: null,
        isComplete: false,
      });
      this.write(this.places[1]!, 0);
    } else {
      void this.inTurn(async () => {
        const isLast = this.places.length === 1 && this.places[0] === place && !this.writer;
        if (isLast) this.endOfStream();
      });
    }
  }

  private endOfStream(): void {
    if (this.source?.readyState === "open" && !this.buffer?.updating) this.source.endOfStream();
  }

  /** After a jump: reads on where what is there ends. */
  private resumeWriting(): void {
    const time = this.element.currentTime;
    const end = this.bufferedEnd(time);
    const place = this.places.findLast((place) => place.start <= end + 0.01) ?? this.places[0];
    if (!place) return;
    const isThrough = place.end !== null && end >= place.end - 0.1;
    if (isThrough) {
      place.isComplete = true;
      this.stopWriting();
      this.writeNext();
    } else {
      place.isComplete = false;
      this.places.length = this.places.indexOf(place) + 1;
      this.write(place, Math.max(0, end - place.start));
    }
  }

  private async copy(place: Place, from: number, signal: AbortSignal): Promise<void> {
    const track = (place.track ??= await readTrack(place.file, place.item.mimeType, signal));
    if (!track) throw new PlaybackError("format");
    const { timescale, delay } = track;
    const base = place.start - delay / timescale;
    let expected = -1;
    let musicEnd = track.length === null ? null : delay + track.length;
    for await (const run of track.runs(place.file, delay + Math.floor(from * timescale), signal)) {
      await this.room(signal);
      musicEnd = run.end ?? musicEnd;
      const windowEnd = musicEnd === null ? Infinity : base + musicEnd / timescale;
      await this.append(track, run, base, place.start, windowEnd, run.position !== expected, signal);
      expected = run.position + run.frames.reduce((sum, frame) => sum + frame.duration, 0);
    }
    if (expected < 0) throw new PlaybackError("format");
    // A place that was estimated may come out a little short: the next song closes up.
    place.end = base + Math.min(expected, musicEnd ?? Infinity) / timescale;
    place.isComplete = true;
  }

  private append(
    track: Track,
    run: Run,
    base: number,
    windowStart: number,
    windowEnd: number,
    isJump: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    return this.inTurn(async () => {
      const buffer = await this.opened!;
      signal.throwIfAborted();
      const type = supported(track.types)!;
      this.reopen();
      if (isJump) buffer.abort(); // forget what was half read
      if (type !== this.type) {
        buffer.changeType(type);
        this.type = type;
        this.initialised = null;
      }
      const isRaw = type === "audio/mpeg";
      if (!isRaw && buffer.mode !== "segments") buffer.mode = "segments";
      if (!isRaw) buffer.timestampOffset = base;
      else if (isJump) buffer.timestampOffset = base + run.position / track.timescale;
      buffer.appendWindowEnd = Infinity;
      buffer.appendWindowStart = windowStart;
      buffer.appendWindowEnd = Math.max(windowEnd, windowStart + 0.001);
      if (!isRaw && this.initialised !== track) {
        await this.appendBytes(initSegment(track), signal);
        this.initialised = track;
      }
      const bytes = isRaw
        ? concat(run.frames.map((frame) => frame.data))
        : mediaSegment(run, ++this.sequence);
      await this.appendBytes(bytes, signal);
    });
  }

  private async appendBytes(bytes: BufferSource, signal: AbortSignal): Promise<void> {
    const buffer = this.buffer!;
    for (;;) {
      signal.throwIfAborted();
      const behind = this.element.currentTime - BEHIND;
      if (buffer.buffered.length && buffer.buffered.start(0) < behind - BEHIND) {
        await this.removeNow(0, behind);
        signal.throwIfAborted();
      }
      try {
        buffer.appendBuffer(bytes);
      } catch (error) {
        if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") throw error;
        // Full: what was heard makes room.
        await this.removeNow(0, Math.max(0.1, this.element.currentTime - 5));
        await once(this.element, ["timeupdate", "seeking"], signal);
        continue;
      }
      await this.idle();
      return;
    }
  }

  private remove(from: number, to: number): Promise<void> {
    return this.inTurn(() => this.removeNow(from, to));
  }

  private async removeNow(from: number, to: number): Promise<void> {
    await this.opened;
    if (!this.buffer || to <= from || this.source?.readyState === "closed") return;
    this.buffer.remove(from, to);
    await this.idle();
  }

  /** One after the other: a source buffer takes no order while it carries one out. */
  private inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.turn.then(act);
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** Until the source buffer has carried out its order. */
  private async idle(): Promise<void> {
    while (this.buffer?.updating) await once(this.buffer, ["updateend"]);
  }

  /** Until less is read ahead than we want. */
  private async room(signal: AbortSignal): Promise<void> {
    while (this.bufferedEnd(this.element.currentTime) - this.element.currentTime > AHEAD) {
      await once(this.element, ["timeupdate", "seeking"], signal);
    }
  }

  /** The end of what is there without a hole from `time` on; without `time`, of all. */
  private bufferedEnd(time?: number): number {
    const ranges = this.buffer?.buffered;
    if (!ranges || ranges.length === 0) return time ?? 0;
    if (time === undefined) return ranges.end(ranges.length - 1);
    for (let i = 0; i < ranges.length; i++) {
      if (ranges.start(i) <= time + 0.05 && time <= ranges.end(i)) return ranges.end(i);
    }
    return time;
  }

  private tick(event: string): void {
    const time = this.element.currentTime;
    const next = this.places[1];
    if (event === "playing") {
      this.isRelocated = false;
      this.clear();
    }
    if (next && time >= next.start - 0.005) {
      this.places.shift();
      this.following = null;
      this.setGain(next.item, false);
      this.events.advance(next.item);
    }
    clearTimeout(this.boundary);
    if (this.places[1] && !this.element.paused) {
      // Events come four times a second; the change of song is wanted to the point.
      const wait = (this.places[1].start - time) * 1000;
      if (wait < 400) this.boundary = setTimeout(() => this.tick("boundary"), Math.max(4, wait));
    }
    if (event === "waiting" && this.error) this.events.failed(this.error);
    if (event === "ended" && this.places.length === 1) this.events.ended();
    this.events.change();
  }

  /** Says so once it can be heard: what has been read ahead plays on. */
  private fail(error: PlaybackError): void {
    this.error = error;
    if (this.element.readyState < this.element.HAVE_FUTURE_DATA) this.events.failed(error);
  }

  private clear(): void {
    if (!this.error) return;
    this.error = null;
    this.events.failed(null);
  }
}

const joins = (item: Playable) => !item.isLinked && canJoin(item.mimeType);

function once(target: EventTarget, names: string[], signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      for (const name of names) target.removeEventListener(name, done);
      signal?.removeEventListener("abort", done);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    for (const name of names) target.addEventListener(name, done);
    signal?.addEventListener("abort", done);
  });
}
