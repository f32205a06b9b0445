/** `3:07`, `1:02:09`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `3 minutes 7 seconds`, for those who listen to the page. */
export function spoken(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [m, s] = [Math.floor(whole / 60), whole % 60];
  const of = (count: number, unit: string) => `${count} ${unit}${count === 1 ? "" : "s"}`;
  return m > 0 ? `${of(m, "minute")} ${of(s, "second")}` : of(s, "second");
}

/** `12 min`, `3 h 5 min`. */
export function minutes(ms: number): string {
  const whole = Math.round(ms / 60_000);
  return whole < 60 ? `${whole} min` : `${Math.floor(whole / 60)} h ${whole % 60} min`;
}

/** `4 songs, 12 min`. */
export function extent(songs: readonly { durationMs: number }[], hasMore: boolean): string {
  const minutes = Math.round(songs.reduce((sum, song) => sum + song.durationMs, 0) / 60_000);
  const count = `${songs.length}${hasMore ? "+" : ""} song${songs.length === 1 ? "" : "s"}`;
  return minutes > 0 ? `${count}, ${minutes} min` : count;
}

export const names = (artists: readonly { name: string }[]) =>
  artists.map((artist) => artist.name).join(", ");

export const paths = {
  artist: (id: string) => `/artists/${encodeURIComponent(id)}`,
  album: (id: string) => `/albums/${encodeURIComponent(id)}`,
  show: (id: string) => `/shows/${encodeURIComponent(id)}`,
  playlist: (id: string) => `/playlists/${encodeURIComponent(id)}`,
  library: (part?: string) => (part ? `/library/${part}` : "/library"),
  genre: (slug: string) => `/genres/${encodeURIComponent(slug)}`,
};

/** The day of a moment, as people here write it. */
export const day = (moment: string) => new Date(moment).toLocaleDateString(undefined, { dateStyle: "medium" });
