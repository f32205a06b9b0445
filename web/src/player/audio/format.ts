import type { RemoteFile } from "./remote";

/** A piece of coded audio that decodes to `duration` units of the track's timescale. */
export interface Frame {
  data: Uint8Array;
  duration: number;
}

/** Frames that follow each other. Positions count from the first frame, encoder delay included. */
export interface Run {
  /** Where the first frame begins, in units of the timescale. */
  position: number;
  frames: Frame[];
  /** Where the music ends, when these frames tell. */
  end?: number;
}

/** What a file says of its audio before the first frame, and how to get at the frames. */
export interface Track {
  /** The type of the source buffer, best first; `fmp4.ts` wraps the frames for `audio/mp4`. */
  types: string[];
  /** Units a second, in which all positions and durations count. */
  timescale: number;
  /** What the encoder put before the music: not to be heard. */
  delay: number;
  /** Length of the music without delay and padding; null when only the end will tell. */
  length: number | null;
  /** The box that describes the codec in MP4. */
  sampleEntry: Uint8Array;
  /** The frames from `position` or a little before it, to the end. */
  runs(file: RemoteFile, position: number, signal: AbortSignal): AsyncGenerator<Run>;
}

export const ascii = (bytes: Uint8Array, from: number, to: number) =>
  String.fromCharCode(...bytes.subarray(from, to));

export const view = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Collects frames to runs: short ones first, so that sound begins soon. */
export class Collector {
  private frames: Frame[] = [];
  private position = 0;
  private duration = 0;
  private wanted: number;

  constructor(private readonly timescale: number) {
    this.wanted = timescale / 5;
  }

  /** Adds a frame; gives a run when enough has come together, or when the frame does not follow. */
  add(position: number, frame: Frame): Run | null {
    const full = this.frames.length > 0 && position !== this.position + this.duration;
    const run = full || this.duration >= this.wanted ? this.flush() : null;
    if (this.frames.length === 0) this.position = position;
    this.frames.push(frame);
    this.duration += frame.duration;
    return run;
  }

  flush(end?: number): Run | null {
    if (this.frames.length === 0) return null;
    const run: Run = { position: this.position, frames: this.frames, end };
    this.frames = [];
    this.duration = 0;
    this.wanted = Math.min(this.wanted * 2, this.timescale * 2);
    return run;
  }
}
