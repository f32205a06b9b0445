// Search as you type: one query a keystroke; an answer that is outdated never shows.
import { signal } from "@preact/signals";
import { client, explain } from "../api/client";
import type { SearchQuery as Result } from "../api/generated/graphql";
import { MoreSongsDocument, SearchDocument } from "../api/generated/graphql";
import { kept } from "./kept";
import { codecs } from "./streams";

export const text = signal("");
/** What was found for `found.text`; stays until the next answer is there. */
export const found = signal<{ text: string; result: Result["search"] } | null>(null);
export const problem = signal<string | null>(null);
export const searching = signal(false);
export const recent = kept<string[]>("recent", []);

let stop = () => {};

/** Searches for what was typed so far. */
export function search(typed: string): void {
  text.value = typed;
  stop();
  searching.value = false;
  const wanted = typed.trim();
  if (wanted === "") {
    found.value = null;
    problem.value = null;
    return;
  }
  searching.value = true;
  // To unsubscribe aborts the request.
  stop = client.peek().query(SearchDocument, { text: wanted, codecs }).subscribe(({ data, error, stale }) => {
    searching.value = stale;
    if (data) found.value = { text: wanted, result: data.search };
    problem.value = error ? explain(error) : null;
  }).unsubscribe;
}

export const retry = () => search(text.peek());

/** Adds the next page of songs to those found. */
export async function more(): Promise<void> {
  const before = found.peek();
  const after = before?.result.songs.pageInfo.endCursor;
  if (!before || !after) return;
  const { data, error } = await client.peek().query(MoreSongsDocument, { text: before.text, after, codecs });
  problem.value = error ? explain(error) : null;
  if (!data || found.peek() !== before) return;
  const { edges, pageInfo } = data.search.songs;
  const songs = { edges: [...before.result.songs.edges, ...edges], pageInfo };
  found.value = { text: before.text, result: { ...before.result, songs } };
}

/** What was typed led somewhere: it is offered again. */
export function remember(): void {
  const typed = text.peek().trim();
  if (typed === "") return;
  const others = recent.peek().filter((one) => one.toLowerCase() !== typed.toLowerCase());
  recent.value = [typed, ...others].slice(0, 8);
}

export function forget(typed?: string): void {
  recent.value = typed === undefined ? [] : recent.peek().filter((one) => one !== typed);
}
