// What plays: the queue, the engine below it, and what the page shows of both.
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import type { CombinedError } from "@urql/core";
import { Engine, type Playable } from "../audio/engine";
import { PlaybackError } from "../audio/remote";
import { resumeAt } from "./episodes";
import { kept } from "./kept";
import * as queues from "./queue";
import { keepSong, openSong } from "./saved";
import { MOST_LEASED, isExpired, isStale, renew, streamOf, type Song } from "./streams";

export const queue = signal<queues.Queue>(queues.EMPTY);
export const current = computed(() => queue.value.entries[queue.value.index] ?? null);
export const playing = signal(false);
export const waiting = signal(false);
/** Seconds into the song; changes four times a second. */
export const position = signal(0);
export const duration = computed(() => (current.value?.song.durationMs ?? 0) / 1000 || measured.value);
/** What the file says, where nobody else does. */
const measured = signal(0);
/** How fast episodes play. */
export const speed = kept("speed", 1);
export const volume = kept("volume", 1);
export const muted = signal(false);
/** Why there is no sound, as a person can act on it. */
export const trouble = signal<{ message: string; canSkip: boolean } | null>(null);

const engine = new Engine({
  change() {
    batch(() => {
      playing.value = !engine.isPaused && engine.current !== null;
      waiting.value = engine.isWaiting;
      position.value = engine.position;
      measured.value = engine.duration;
    });
  },
  advance(item) {
    const index = queue.peek().entries.findIndex((entry) => entry.key === item.key.split("#")[0]);
    batch(() => {
      if (index >= 0) queue.value = { ...queue.peek(), index };
      round.value = item.key;
    });
    const song = current.peek()?.song;
    const at = song?.episode ? resumeAt(song.id) : 0;
    if (at > 0) engine.seek(at);
  },
  ended() {
    finished.value = round.peek();
    const next = queues.following(queue.peek());
    if (next !== null) playAt(next);
  },
  failed(error) {
    trouble.value = error && explainTrouble(error);
  },
});

function explainTrouble({ reason }: PlaybackError): { message: string; canSkip: boolean } {
  switch (reason) {
    case "network":
      return navigator.onLine
        ? { message: "The music cannot be reached. Check the network, then try again.", canSkip: false }
        : { message: "You are offline. The music goes on when the network is back.", canSkip: false };
    case "refused":
      return { message: "The server does not let this song play now.", canSkip: true };
    case "gone":
      return { message: "This song is not there any more.", canSkip: true };
    case "format":
      return { message: "This browser cannot play this song's format.", canSkip: true };
  }
}

/** The key of the playing that is on: a song that repeats has a new one each time. */
export const round = signal("");
/** The key of the playing that was heard to its end, last of all. */
export const finished = signal("");
let rounds = 0;

function playable(entry: queues.Entry): Playable | null {
  const stream = streamOf(entry.song);
  if (!stream) return null;
  return {
    key: `${entry.key}#${++rounds}`,
    mimeType: stream.mimeType,
    durationMs: entry.song.durationMs,
    gain: loudness(entry.song, queue.peek().isAlbum),
    isLinked: entry.song.episode?.isLinked ?? false,
    locate(refused) {
      const known = streamOf(entry.song)!;
      const isUsable = !isExpired(known) && known.url !== refused;
      return isUsable ? known.url : locateAnew(entry.song);
    },
    kept: entry.song.episode
      ? undefined
      : { open: () => openSong(entry.song.id), keep: (whole) => void keepSong(entry.song, whole) },
  };
}

async function locateAnew(song: Song): Promise<string> {
  try {
    await renew([song, ...soon()]);
  } catch (error) {
    throw new PlaybackError((error as CombinedError).networkError ? "network" : "refused");
  }
  const stream = streamOf(song);
  if (!stream) throw new PlaybackError("gone");
  return stream.url;
}

/** What plays and what follows. */
function soon(): Song[] {
  const { entries, index } = queue.peek();
  return entries.slice(Math.max(index, 0), Math.max(index, 0) + MOST_LEASED).map((entry) => entry.song);
}

/** ReplayGain as a factor, never so much that it would clip. */
function loudness({ replayGain }: Song, isAlbum: boolean): number {
  if (!replayGain) return 1;
  const { trackGainDb, trackPeak, albumGainDb, albumPeak } = replayGain;
  const [gain, peak] =
    (isAlbum ? albumGainDb : trackGainDb) != null
      ? isAlbum
        ? [albumGainDb!, albumPeak]
        : [trackGainDb!, trackPeak]
      : [trackGainDb ?? albumGainDb ?? 0, trackPeak ?? albumPeak];
  const factor = 10 ** (gain / 20);
  return peak ? Math.min(factor, 1 / peak) : factor;
}

/** Plays the entry at `index`, `at` seconds in. Nothing is asked of the server where the URL is known. */
function playAt(index: number, at?: number): void {
  batch(() => begin(index, at));
}

function begin(index: number, at?: number): void {
  const entry = queue.peek().entries[index];
  if (!entry) return;
  queue.value = { ...queue.peek(), index };
  const item = playable(entry);
  if (item) {
    engine.play(item, at ?? (entry.song.episode ? resumeAt(entry.song.id) : 0));
    round.value = item.key;
  } else if (!entry.song.available) {
    engine.stop();
    trouble.value = { message: `“${entry.song.title}” was withdrawn.`, canSkip: true };
  } else {
    // Only a format that cannot be joined is there: ask for whatever this browser plays.
    void renew([entry.song]).then(
      () => {
        if (current.peek() !== entry) return;
        if (streamOf(entry.song)) playAt(index, at);
        else trouble.value = { message: `“${entry.song.title}” cannot be played here.`, canSkip: true };
      },
      () => {
        trouble.value = { message: "The server cannot be reached. Try again.", canSkip: false };
      },
    );
  }
}

/** Plays the song at `index` of a list; the others follow. */
export function play(songs: readonly Song[], index: number, isAlbum = false): void {
  batch(() => {
    queue.value = queues.start(queue.peek(), songs, index, isAlbum);
    playAt(queue.peek().index);
  });
}

export function toggle(): void {
  if (!current.peek()) return;
  if (!engine.current) playAt(queue.peek().index);
  else if (engine.isPaused) engine.resume();
  else engine.pause();
}

export function next(): void {
  const { entries, index, repeat } = queue.peek();
  if (index + 1 < entries.length) playAt(index + 1);
  else if (repeat !== "off" && entries.length > 0) playAt(0);
}

/** The song before; once this one has gone on for a while, its beginning. */
export function previous(): void {
  const { index } = queue.peek();
  if (engine.position > 3 || index === 0) engine.seek(0);
  else if (index > 0) playAt(index - 1);
}

/** Stops for now, where something plays. */
export function pause(): void {
  if (engine.current && !engine.isPaused) engine.pause();
}

/** Plays what another device played, from where it was. */
export function takeOver(songs: readonly Song[], index: number, at: number): void {
  batch(() => {
    queue.value = { ...queues.start(queues.EMPTY, songs, index, false), repeat: queue.peek().repeat };
    playAt(index, at);
  });
}

export const seek = (seconds: number) => engine.seek(seconds);
export const skip = (seconds: number) => engine.seek(engine.position + seconds);
export const jump = (index: number) => playAt(index);
export const retry = () => (engine.current ? engine.resume() : playAt(queue.peek().index));

export function addNext(song: Song): void {
  const isFirst = queue.peek().index < 0;
  queue.value = queues.insertNext(queue.peek(), song);
  if (isFirst) playAt(0);
}

export function addLast(songs: readonly Song[]): void {
  const isFirst = queue.peek().index < 0;
  queue.value = queues.append(queue.peek(), songs);
  if (isFirst) playAt(0);
}

export function removeAt(index: number): void {
  queue.value = queues.remove(queue.peek(), index);
}

export function move(from: number, to: number): void {
  queue.value = queues.move(queue.peek(), from, to);
}

export function toggleShuffle(): void {
  const value = queue.peek();
  queue.value = value.unshuffled ? queues.unshuffle(value) : queues.shuffle(value);
}

export function cycleRepeat(): void {
  const order: queues.Repeat[] = ["off", "all", "one"];
  const repeat = order[(order.indexOf(queue.peek().repeat) + 1) % 3]!;
  queue.value = { ...queue.peek(), repeat };
}

effect(() => engine.setRate(current.value?.song.episode ? speed.value : 1));
effect(() => engine.setVolume(muted.value ? 0 : volume.value));

// What follows is known to the engine at all times, so that it can be read ahead.
let announced = "";
effect(() => {
  const value = queue.value;
  const index = queues.following(value);
  const entry = index === null ? undefined : value.entries[index];
  const next = entry && `${round.value} ${entry.key}`;
  if (next && next === announced) return;
  announced = next ?? "";
  const item = entry && playable(entry);
  engine.follow(item ?? null);
});

/** Streams of this song and the next ones are renewed together before they end. */
function keepFresh(): void {
  if (queue.peek().index < 0) return;
  const isDue = soon().some((song) => {
    const stream = streamOf(song);
    return stream && isStale(stream);
  });
  if (isDue && navigator.onLine) renew(soon()).catch(() => undefined); // asked again in a while
}

effect(() => {
  void round.value;
  untracked(keepFresh);
});
setInterval(keepFresh, 15_000);
for (const name of ["online", "focus"]) addEventListener(name, keepFresh);
