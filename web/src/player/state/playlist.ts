// A playlist that is open: its entries, and the changes made to them here. A change shows at once
// and names the revision that it was made to; what others changed meanwhile is loaded anew.
import { batch, signal } from "@preact/signals";
import type { CombinedError, OperationResult } from "@urql/core";
import { client, explain } from "../api/client";
import {
  MoveInPlaylistDocument,
  PlaylistDocument,
  RemoveFromPlaylistDocument,
  UpdatePlaylistDocument,
  type EntriesFragment,
  type PlaylistHeadFragment,
  type UpdatePlaylistMutationVariables,
} from "../api/generated/listener/graphql";
import { tell } from "./notices";
import { codecs } from "./streams";

export type Entry = EntriesFragment["nodes"][number];

/** What a mutation answers: the playlist, or why nothing was done. */
type Outcome = { playlist: PlaylistHeadFragment } | { message: string; currentRevision?: number; field?: string };

export class OpenPlaylist {
  readonly head = signal<PlaylistHeadFragment | null>(null);
  readonly entries = signal<Entry[]>([]);
  readonly hasMore = signal(false);
  readonly error = signal<CombinedError | undefined>(undefined);
  readonly fetching = signal(true);
  private cursor: string | null = null;
  /** Changes go one after the other: each is made to the revision of the one before. */
  private turn: Promise<unknown> = Promise.resolve();
  /** How often it was read. */
  private reads = 0;

  constructor(
    readonly id: string,
    readonly shareToken: string | null,
  ) {}

  /** Reads it anew, with as many entries as were there. */
  async load(): Promise<void> {
    const wanted = this.entries.peek().length;
    const read: Entry[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<OpenPlaylist["read"]>> = await this.read(after);
      if (!page) return;
      read.push(...page.entries.nodes);
      const { hasNextPage, endCursor } = page.entries.pageInfo;
      after = endCursor;
      if (hasNextPage && read.length < wanted) continue;
      batch(() => {
        this.head.value = page;
        this.entries.value = read;
        this.hasMore.value = hasNextPage;
        this.cursor = endCursor;
      });
      this.reads++;
      return;
    } while (true);
  }

  async more(): Promise<void> {
    const page = await this.read(this.cursor);
    if (!page) return;
    const known = new Set(this.entries.peek().map((entry) => entry.id));
    batch(() => {
      this.entries.value = [...this.entries.peek(), ...page.entries.nodes.filter((entry) => !known.has(entry.id))];
      this.hasMore.value = page.entries.pageInfo.hasNextPage;
      this.cursor = page.entries.pageInfo.endCursor;
    });
  }

  /** Reads it anew if somebody has changed it since. */
  async refresh(): Promise<void> {
    await this.turn;
    const { data } = await this.ask(null, 1);
    if (data?.playlist && data.playlist.revision !== this.head.peek()?.revision) await this.load();
  }

  private async read(after: string | null) {
    this.fetching.value = true;
    const { data, error } = await this.ask(after, 100);
    batch(() => {
      this.fetching.value = false;
      this.error.value = error;
    });
    return data?.playlist ?? null;
  }

  private ask(after: string | null, first: number) {
    const variables = { id: this.id, shareToken: this.shareToken, after, first, codecs };
    return client.peek().query(PlaylistDocument, variables, { requestPolicy: "network-only" }).toPromise();
  }

  move(from: number, to: number): void {
    if (from === to) return;
    const { id } = this.entries.peek()[from]!;
    const moved = this.entries.peek().toSpliced(from, 1).toSpliced(to, 0, this.entries.peek()[from]!);
    this.entries.value = moved;
    const place = to > 0 ? { after: moved[to - 1]!.id } : { before: moved[1]!.id };
    void this.change((revision) => {
      const variables = { id: this.id, entryIds: [id], place, revision };
      return client.peek().mutation(MoveInPlaylistDocument, variables).toPromise();
    }, "movePlaylistEntries");
  }

  remove(entry: Entry): void {
    this.entries.value = this.entries.peek().filter(({ id }) => id !== entry.id);
    void this.change(() => {
      const variables = { id: this.id, entryIds: [entry.id] };
      return client.peek().mutation(RemoveFromPlaylistDocument, variables).toPromise();
    }, "removeFromPlaylist");
  }

  /** Null when it was done, else why not. */
  update(changes: Omit<UpdatePlaylistMutationVariables, "id" | "revision">) {
    return this.change((revision) => {
      const variables = { id: this.id, revision, ...changes };
      const context = { additionalTypenames: ["PlaylistConnection"] };
      return client.peek().mutation(UpdatePlaylistDocument, variables, context).toPromise();
    }, "updatePlaylist");
  }

  private change<Name extends string>(
    send: (revision: number) => Promise<OperationResult<Record<Name, object>>>,
    name: Name,
  ): Promise<{ message: string; field?: string } | null> {
    const shownSince = this.reads;
    const done = this.turn.then(async () => {
      const { data, error } = await send(this.head.peek()!.revision);
      const outcome: Outcome = data ? (data[name] as Outcome) : { message: explain(error!) };
      if ("playlist" in outcome) {
        this.head.value = outcome.playlist;
        // What was read meanwhile took the place of what this change had shown.
        if (this.reads !== shownSince) await this.load();
        return null;
      }
      const isConflict = outcome.currentRevision !== undefined;
      const message = isConflict
        ? "Somebody changed this playlist meanwhile. Here it is as it is now; do it again if you still want to."
        : outcome.message;
      if (!outcome.field) tell(message);
      await this.load(); // what was shown before the answer is not so
      return { message, field: outcome.field };
    });
    this.turn = done;
    return done;
  }
}
