// What a listener likes, follows and saves. Shown at once, taken back if the server does not agree.
import { signal } from "@preact/signals";
import { client, explain } from "../api/client";
import { tell } from "./notices";
import { askToSignIn } from "./places";
import { onUserChange, session } from "./session";

export type Kind = "song" | "artist" | "album" | "show" | "playlist";

/** What was marked here since, whatever an older answer says. */
const marks = signal<ReadonlyMap<string, boolean>>(new Map());
onUserChange(() => (marks.value = new Map()));

const REASONS: Record<Kind, string> = {
  song: "Sign in to keep the songs that you like.",
  artist: "Sign in to follow artists.",
  album: "Sign in to save albums.",
  show: "Sign in to save podcasts.",
  playlist: "Sign in to save playlists.",
};

/** Whether the listener has marked it; `told` is what the server said of it. */
export const isMarked = (kind: Kind, id: string, told: boolean) =>
  marks.value.get(id) ?? (session.value !== null && told);

export function toggleMark(kind: Kind, id: string, told: boolean, shareToken?: string | null): void {
  if (!session.peek()) return askToSignIn(REASONS[kind]);
  const before = marks.peek().get(id) ?? told;
  set(id, !before);
  if (!sending.has(id)) void send(kind, id, before, shareToken);
}

const sending = new Set<string>();

/** Sends the mark until the last wish is the server's; one request at a time, so that none is overtaken. */
async function send(kind: Kind, id: string, agreed: boolean, shareToken?: string | null): Promise<void> {
  sending.add(id);
  const { LISTS, documentOf } = await import("./mark-documents");
  for (let wish = marks.peek().get(id); wish !== undefined && wish !== agreed; wish = marks.peek().get(id)) {
    const variables = { ids: [id], id, shareToken: shareToken ?? null };
    const context = { additionalTypenames: [LISTS[kind]] };
    const { data, error } = await client.peek().mutation(documentOf(kind, wish), variables, context).toPromise();
    const refusal = data && Object.values(data).find((result) => "message" in result);
    if (error || refusal) {
      set(id, agreed);
      tell(error ? explain(error) : (refusal as { message: string }).message);
    } else {
      agreed = wish;
    }
  }
  sending.delete(id);
}

function set(id: string, isOn: boolean): void {
  marks.value = new Map(marks.peek()).set(id, isOn);
}
