// Tells the server what plays here, and hears what plays elsewhere. The device on which a person
// acted last is the one that plays: the others fall silent, and offer to go on.
import { effect, untracked } from "@preact/signals";
import { stringifyDocument } from "@urql/core";
import { createClient } from "graphql-ws";
import { client, explain } from "../api/client";
import {
  PlaybackChangedDocument,
  QueueDocument,
  SetQueueDocument,
  UpdateQueueDocument,
  type PlaybackChangedSubscription,
  type QueueStateFragment,
} from "../api/generated/listener/graphql";
import { deviceName } from "./device";
import { elsewhere, playHere } from "./handover";
import { tell } from "./notices";
import * as player from "./player";
import { accessToken, isStale, refresh, session } from "./session";
import { codecs, type Song } from "./streams";

/** As many as the server takes. */
const MOST_SONGS = 1000;
/** So many come in a row when a person skips through a queue; one is told. */
const SETTLE_MS = 400;
/** A position that is off by more was sought. */
const JUMP_SECONDS = 2;
const ATTEMPTS = 3;

/** Begins; gives what ends it. */
export function follow(): () => void {
  const sync = new QueueSync();
  return () => sync.stop();
}

class QueueSync {
  /** The newest that is known of. */
  private revision = 0;
  /** What plays here was told to the server last; otherwise another device was. */
  private isOurs = false;
  private toldSongs = "";
  private toldState = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private turn: Promise<void> = Promise.resolve();
  private readonly ends: (() => void)[] = [];

  constructor() {
    this.listen();
    this.watch();
    playHere.value = () => this.playHere();
  }

  stop(): void {
    for (const end of this.ends) end();
    clearTimeout(this.timer);
    elsewhere.value = playHere.value = null;
  }

  private listen(): void {
    const address = new URL("/graphql", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = createClient({
      url: address.href,
      shouldRetry: () => true,
      retryAttempts: Infinity,
      keepAlive: 20_000,
      async connectionParams() {
        if (isStale()) await refresh();
        return { authorization: `Bearer ${accessToken()}` };
      },
    });
    const query = stringifyDocument(PlaybackChangedDocument);
    const stop = socket.subscribe<PlaybackChangedSubscription>(
      { query, operationName: "PlaybackChanged" },
      {
        // An event of our own doing may be here before its answer is.
        next: ({ data }) => data && void this.turn.then(() => this.hear(data.playbackChanged)),
        error: () => undefined, // what plays here plays on; a reload listens again
        complete: () => undefined,
      },
    );
    this.ends.push(stop, () => void socket.dispose());
  }

  /** Another device has done something, or it is what was there when we came. */
  private hear(state: QueueStateFragment): void {
    if (state.revision <= this.revision) return;
    this.revision = state.revision;
    this.toldSongs = this.toldState = "";
    if (this.timer) return; // what was done here since will be told
    if (state.playing) player.pause();
    this.isOurs = false;
    this.show(state);
  }

  private show({ currentSong, playing, device }: QueueStateFragment): void {
    elsewhere.value = currentSong && {
      title: currentSong.title,
      artists: currentSong.artists.map((artist) => artist.name).join(", "),
      playing,
      device,
    };
  }

  private watch(): void {
    let last = 0;
    const leave = () => this.leave();
    addEventListener("pagehide", leave);
    this.ends.push(
      () => removeEventListener("pagehide", leave),
      effect(() => {
        void player.queue.value;
        if (player.playing.value) {
          this.isOurs = true;
          elsewhere.value = null;
        }
        untracked(() => this.soon());
      }),
      effect(() => {
        const position = player.position.value;
        const isJump = Math.abs(position - last) > JUMP_SECONDS;
        last = position;
        if (isJump) untracked(() => this.soon(true));
      }),
    );
  }

  /** A page that goes away plays no more. */
  private leave(): void {
    if (!this.isOurs || !player.playing.peek() || this.toldSongs === "" || !accessToken()) return;
    const positionMs = Math.round(player.position.peek() * 1000);
    const currentIndex = songsHere().index;
    const variables = { revision: this.revision, currentIndex, positionMs, playing: false, device: deviceName() };
    void fetch("/graphql", {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${accessToken()}` },
      body: JSON.stringify({ query: stringifyDocument(UpdateQueueDocument), variables }),
    }).catch(() => undefined);
  }

  private soon(isSought = false): void {
    if (!this.isOurs || !player.current.peek() || player.current.peek()?.song.episode) return;
    if (isSought) this.toldState = "";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.turn = this.turn.then(() => this.tell());
    }, SETTLE_MS);
  }

  /** Tells what plays here now; who acted last is right, so a conflict is told again. */
  private async tell(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS && this.isOurs && session.peek(); attempt++) {
      const { songs, index } = songsHere();
      if (songs.length === 0) return;
      const songIds = songs.map((song) => song.id);
      const state = {
        currentIndex: index,
        positionMs: Math.round(player.position.peek() * 1000),
        playing: player.playing.peek(),
        device: deviceName(),
      };
      const [songKey, stateKey] = [songIds.join(), `${index} ${state.playing}`];
      const isSame = songKey === this.toldSongs;
      if (isSame && stateKey === this.toldState) return;
      const { revision } = this;
      const api = client.peek();
      const result = isSame
        ? (await api.mutation(UpdateQueueDocument, { revision, ...state }).toPromise()).data?.updateQueue
        : (await api.mutation(SetQueueDocument, { revision, songIds, ...state }).toPromise()).data?.setQueue;
      if (!result) return; // not reached: the next change tells it all
      if ("queue" in result) {
        this.revision = Math.max(this.revision, result.queue.revision);
        this.toldSongs = songKey;
        this.toldState = stateKey;
        return;
      }
      if (!("currentRevision" in result)) return;
      this.revision = result.currentRevision as number;
      this.toldSongs = "";
    }
  }

  private async playHere(): Promise<void> {
    const songs: Song[] = [];
    let after: string | null = null;
    for (;;) {
      const answer: Awaited<ReturnType<typeof ask>> = await ask(after);
      const queue = answer.data?.viewer?.queue;
      if (!queue) return tell(answer.error ? explain(answer.error) : "That queue is gone.");
      songs.push(...queue.songs.nodes);
      after = queue.songs.pageInfo.endCursor;
      if (queue.songs.pageInfo.hasNextPage) continue;
      // Songs that are gone are not in the list, so the place may be another one.
      const wanted = queue.currentSong?.id;
      const isThere = songs[queue.currentIndex]?.id === wanted;
      const index = isThere ? queue.currentIndex : songs.findIndex((song) => song.id === wanted);
      if (index < 0) return tell("That song is gone.");
      this.revision = Math.max(this.revision, queue.revision);
      const isPast = queue.positionMs >= songs[index]!.durationMs - 1000; // it went silent
      player.takeOver(songs, index, isPast ? 0 : queue.positionMs / 1000);
      return;
    }
  }
}

const ask = (after: string | null) =>
  client.peek().query(QueueDocument, { after, codecs }, { requestPolicy: "network-only" }).toPromise();

/** The songs of the queue, those around the current one if they are too many; no episodes. */
function songsHere(): { songs: Song[]; index: number } {
  const { entries, index } = player.queue.peek();
  const from = Math.max(0, Math.min(index - MOST_SONGS / 2, entries.length - MOST_SONGS));
  const some = entries.slice(from, from + MOST_SONGS).filter((entry) => !entry.song.episode);
  return { songs: some.map((entry) => entry.song), index: some.indexOf(entries[index]!) };
}
