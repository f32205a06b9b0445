// What was really heard: plays of songs, and how far an episode went. It is written down in this
// browser at once, and sent when the server can be reached, from whichever tab comes first.
import { effect } from "@preact/signals";
import { note } from "./episodes";
import * as player from "./player";
import { session } from "./session";

/** What is written down of a play, under its own key: tabs do not overwrite each other's. */
export interface Heard {
  id: string;
  userId: string;
  songId: string;
  startedAt: string;
  heardMs: number;
  /** When so much was heard. */
  at: string;
  completed: boolean;
  /** Nothing more is added to it. */
  isOver: boolean;
}

export const PREFIX = "tonearm:play:";

/** Between two looks at the position more than this is a jump, not time that was heard. */
const JUMP_SECONDS = 1.5;
/** Less is a slip of the finger. */
const LEAST_MS = 2000;
const WRITE_EVERY_MS = 5000;
/** What counts as a play is told at once. */
const COUNTS_MS = 30_000;
const SEND_EVERY_MS = 5 * 60_000;

let play: Heard | null = null;
let song: { id: string; durationMs: number; isEpisode: boolean } | null = null;
let [last, written, isCounted] = [0, 0, false];

/** Begins to listen to what is heard. */
export function connectListening(): void {
  let before = "";
  effect(() => {
    const round = player.round.value;
    if (round === before) return;
    before = round;
    end(player.finished.peek() !== round && isNearEnd());
    begin();
  });
  effect(() => hear(player.position.value));
  effect(() => {
    if (player.finished.value !== "" && player.finished.value === player.round.peek()) end(true);
  });
  effect(() => {
    if (!player.playing.value) write(false);
  });
  addEventListener("pagehide", () => write(false));
  addEventListener("online", send);
  effect(() => {
    if (session.value) send();
  });
  setInterval(send, SEND_EVERY_MS);
}

function begin(): void {
  const entry = player.current.peek();
  last = player.position.peek();
  [written, isCounted] = [0, false];
  song = entry && {
    id: entry.song.id,
    durationMs: entry.song.durationMs,
    isEpisode: entry.song.episode !== undefined,
  };
  const userId = session.peek()?.user.id;
  const isCounting = song && !song.isEpisode && userId;
  const now = new Date().toISOString();
  play = isCounting
    ? { id: uuid(), userId, songId: song!.id, startedAt: now, heardMs: 0, at: now, completed: false, isOver: false }
    : null;
}

function hear(position: number): void {
  const passed = position - last;
  last = position;
  if (!song || passed <= 0 || passed > JUMP_SECONDS * Math.max(1, player.speed.peek())) return;
  written += passed * 1000;
  if (play) {
    play.heardMs += passed * 1000;
    play.at = new Date().toISOString();
    const counts = Math.min(COUNTS_MS, song.durationMs / 2);
    if (!isCounted && play.heardMs >= counts) {
      isCounted = true;
      write(false);
      send();
    }
  }
  if (written >= WRITE_EVERY_MS) write(false);
}

function isNearEnd(): boolean {
  return song !== null && song.durationMs > 0 && last * 1000 > song.durationMs - JUMP_SECONDS * 1000;
}

function end(completed: boolean): void {
  if (play && completed) play.completed = true;
  if (play) play.isOver = true;
  write(completed);
  if (play) send();
  play = song = null;
}

function write(completed: boolean): void {
  written = 0;
  if (song?.isEpisode && last > 0) {
    note(song.id, completed ? song.durationMs : last * 1000, completed);
    send();
  }
  if (!play || (play.heardMs < LEAST_MS && !play.completed)) return;
  try {
    localStorage.setItem(PREFIX + play.id, JSON.stringify({ ...play, heardMs: Math.round(play.heardMs) }));
  } catch {
    // No memory here: what this page sends now is all.
  }
}

function send(): void {
  if (session.peek() && navigator.onLine) void import("./reports").then(({ report }) => report());
}

/** Like `crypto.randomUUID`, which only pages by https or of this machine have. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
