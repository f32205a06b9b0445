// Sends what was heard. What the server has taken is forgotten here; the rest stays for another time.
import { client } from "../api/client";
import { ReportPlaysDocument, SetEpisodeProgressDocument } from "../api/generated/listener/graphql";
import { heard } from "./episodes";
import { kept } from "./kept";
import { PREFIX, type Heard } from "./listening";
import { session } from "./session";

const AT_ONCE = 50;
/** A tab that has not written for so long is closed. */
const SILENT_MS = 5 * 60_000;

/** Up to when the server knows the places of episodes, by user. */
const told = kept<Record<string, string>>("episodes-told", {});

let running: Promise<void> | null = null;
let isWanted = false;

/** Sends all that is not sent yet; one tab at a time. */
export function report(): void {
  isWanted = true;
  running ??= (async () => {
    while (isWanted) {
      isWanted = false;
      await ((navigator.locks as LockManager | undefined)?.request("tonearm-reports", sendAll) ?? sendAll());
    }
  })().finally(() => (running = null));
}

async function sendAll(): Promise<void> {
  const userId = session.peek()?.user.id;
  if (!userId) return;
  await sendPlays(userId);
  await sendEpisodes(userId);
}

async function sendPlays(userId: string): Promise<void> {
  const own = stored().filter((play) => play.userId === userId);
  for (let from = 0; from < own.length; from += AT_ONCE) {
    const some = own.slice(from, from + AT_ONCE);
    const plays = some.map(({ id, songId, startedAt, heardMs, at, completed }) => ({
      ...{ id, songId, startedAt, heardMs, at, completed },
    }));
    const variables = { plays, sentAt: new Date().toISOString() };
    const context = { additionalTypenames: ["PlayConnection"] };
    const { data } = await client.peek().mutation(ReportPlaysDocument, variables, context).toPromise();
    if (!data || !("plays" in data.reportPlays)) return;
    for (const play of some) {
      const isOver = play.isOver || Date.now() - Date.parse(play.at) > SILENT_MS;
      if (isOver && isUnchanged(play)) localStorage.removeItem(PREFIX + play.id);
    }
  }
}

async function sendEpisodes(userId: string): Promise<void> {
  const known = told.peek()[userId] ?? "";
  const later = heard.peek().filter(([, { at }]) => at > known).toReversed();
  for (const [id, { positionMs, completed, at }] of later) {
    const variables = { id, positionMs, completed, at };
    const { data } = await client.peek().mutation(SetEpisodeProgressDocument, variables).toPromise();
    if (!data) return;
    told.value = { ...told.peek(), [userId]: at };
  }
}

function stored(): Heard[] {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  return keys.flatMap((key) => {
    try {
      return [JSON.parse(localStorage.getItem(key)!) as Heard];
    } catch {
      localStorage.removeItem(key);
      return [];
    }
  });
}

const isUnchanged = (play: Heard) => localStorage.getItem(PREFIX + play.id) === JSON.stringify(play);
