import { signal } from "@preact/signals";
import { kept } from "./player/state/kept";

/** What an answer's `extensions` say of how it came about (docs/reference/errors.md). */
export interface Traced {
  tonearm?: {
    plan: string[];
    notPlanned: string | null;
    waves: number;
    batches: { loader: string; keys: number; wave: number; milliseconds: number }[];
    timings: Record<string, number>;
    statements: { sql: string; milliseconds: number }[];
  };
  cost?: Record<string, number>;
}

/** Whether the server is asked for it. */
export const isTraced = kept("traced", false);

/** Of the last query that was asked for it. */
export const traced = signal<Traced | null>(null);
