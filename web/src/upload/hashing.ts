import HashingWorker from "./hashing.worker?worker";
import type { Told } from "./hashing.worker";

/** The size of a part, but of the last: docs/how-to/upload.md. */
export const PART_BYTES = 16 * 1024 * 1024;

export interface Hashed {
  sha256: string;
  /** Of each `PART_BYTES`. */
  parts: string[];
}

/** Reads the file in a worker; `onProgress` gets 0 to 1. Rejects with what a person can do. */
export function hashed(file: File, onProgress: (done: number) => void): Promise<Hashed> {
  const worker = new HashingWorker();
  return new Promise<Hashed>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Told>) => {
      if ("progress" in data) onProgress(data.progress);
      else if ("done" in data) resolve(data.done);
      else reject(new Error(data.failed));
    };
    worker.onerror = () => reject(new Error("The file cannot be read. Load this page again."));
    worker.postMessage(file);
  }).finally(() => worker.terminate());
}
