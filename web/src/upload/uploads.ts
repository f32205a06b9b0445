// The files that were given, and how far each is.
import { signal } from "@preact/signals";
import { client, explain } from "../player/api/client";
import {
  CompleteUploadDocument,
  type CompleteUploadMutation,
  RequestUploadDocument,
  ResumeUploadDocument,
  type PartFragment,
} from "../player/api/generated/listener/graphql";
import { hashed } from "./hashing";
import { put } from "./put";

/** Files that are under way at the same time, and parts of each. */
const FILES_AT_ONCE = 2;
const PARTS_AT_ONCE = 3;

type Completed = Extract<CompleteUploadMutation["completeUpload"], { song: unknown }>;

export type Phase =
  | { is: "waiting" }
  | { is: "reading" | "sending"; done: number }
  | { is: "checking" }
  | { is: "completed"; result: Completed }
  | { is: "failed"; message: string };

export interface Upload {
  id: number;
  file: File;
  phase: Phase;
}

export const uploads = signal<Upload[]>([]);

/** What the server knows of an upload that broke off, to go on from there. */
const begun = new Map<number, { uploadId: string; inParts: boolean; isSent: boolean }>();

let lastId = 0;

export function add(files: Iterable<File>): void {
  const added = [...files].map((file): Upload => ({ id: (lastId += 1), file, phase: { is: "waiting" } }));
  uploads.value = [...uploads.value, ...added];
  startNext();
}

export function retry(id: number): void {
  enter(id, { is: "waiting" });
  startNext();
}

export function remove(id: number): void {
  begun.delete(id);
  uploads.value = uploads.value.filter((upload) => upload.id !== id);
}

export const isUnderWay = ({ phase: { is } }: Upload) => is === "reading" || is === "sending" || is === "checking";

function enter(id: number, phase: Phase): void {
  uploads.value = uploads.value.map((upload) => (upload.id === id ? { ...upload, phase } : upload));
}

function startNext(): void {
  const free = FILES_AT_ONCE - uploads.value.filter(isUnderWay).length;
  for (const upload of uploads.value.filter(({ phase }) => phase.is === "waiting").slice(0, Math.max(0, free))) {
    void run(upload);
  }
}

async function run({ id, file }: Upload): Promise<void> {
  try {
    if (!begun.get(id)?.isSent) await send(id, file);
    enter(id, { is: "checking" });
    const { data, error } = await client.peek().mutation(CompleteUploadDocument, { id: begun.get(id)!.uploadId }).toPromise();
    if (error) throw new Error(explain(error));
    const result = data!.completeUpload;
    if (!("song" in result)) {
      begun.delete(id); // it is begun anew, if at all
      throw new Error(result.message);
    }
    enter(id, { is: "completed", result });
  } catch (error) {
    enter(id, { is: "failed", message: error instanceof Error ? error.message : String(error) });
  }
  startNext();
}

/** Sends what the store does not have yet. */
async function send(id: number, file: File): Promise<void> {
  const before = begun.get(id);
  const parts = before?.inParts ? await missing(before.uploadId) : null;
  if (parts) {
    await putParts(id, file, parts);
  } else {
    const asked = await announce(id, file);
    begun.set(id, { uploadId: asked.uploadId, inParts: asked.parts.length > 0, isSent: false });
    if (asked.parts.length > 0) await putParts(id, file, asked.parts);
    else await put(asked, file, (sent) => enter(id, { is: "sending", done: sent / file.size }));
  }
  begun.get(id)!.isSent = true;
}

async function announce(id: number, file: File) {
  enter(id, { is: "reading", done: 0 });
  const { sha256, parts } = await hashed(file, (done) => enter(id, { is: "reading", done }));
  const variables = { name: file.name, size: file.size, sha256 };
  const ask = (partSha256s: string[] | null) =>
    client.peek().mutation(RequestUploadDocument, { ...variables, partSha256s }).toPromise();
  const { data, error } = await ask(parts.length > 2 ? parts : null); // more than 32 MiB
  if (error) throw new Error(explain(error));
  if (!("uploadId" in data!.requestUpload)) throw new Error(data!.requestUpload.message);
  enter(id, { is: "sending", done: 0 });
  return data!.requestUpload;
}

/** The parts that the store does not have; null when the upload is not there any more. */
async function missing(uploadId: string): Promise<PartFragment[] | null> {
  const { data, error } = await client.peek().mutation(ResumeUploadDocument, { id: uploadId }).toPromise();
  if (error) throw new Error(explain(error));
  return "parts" in data!.resumeUpload ? data!.resumeUpload.parts : null;
}

async function putParts(id: number, file: File, parts: PartFragment[]): Promise<void> {
  const there = file.size - parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const sent = new Map<number, number>();
  const show = () => {
    const count = [...sent.values()].reduce((sum, each) => sum + each, there);
    enter(id, { is: "sending", done: count / file.size });
  };
  show();
  const waiting = [...parts];
  const work = async () => {
    for (let part = waiting.shift(); part; part = waiting.shift()) {
      const { number, firstByte, sizeBytes } = part;
      await put(part, file.slice(firstByte, firstByte + sizeBytes), (count) => (sent.set(number, count), show()));
      sent.set(number, sizeBytes);
    }
  };
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, work));
}
