/** Something in a response that can be played. */
export interface Track {
  title: string;
  url: string;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * The tracks of a response, each URL once: objects with an audio `mimeType` and a `url` or
 * `streamUrl`, and every `stream { url }`, named by the nearest `title` around them.
 */
export function tracksOf(response: string): Track[] {
  const tracks = new Map<string, Track>();

  function visit(value: Json, title: string, isStream: boolean): void {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, title, isStream);
    } else if (value !== null && typeof value === "object") {
      const name = typeof value.title === "string" ? value.title : title;
      const isAudio = typeof value.mimeType === "string" && value.mimeType.startsWith("audio/");
      const url = value.streamUrl ?? (isStream || isAudio ? value.url : null);
      if (typeof url === "string" && !tracks.has(url)) {
        const codec = typeof value.codec === "string" ? ` (${value.codec})` : "";
        tracks.set(url, { title: (name || "Untitled") + codec, url });
      }
      for (const [key, item] of Object.entries(value)) visit(item, name, key === "stream");
    }
  }

  try {
    visit(JSON.parse(response) as Json, "", false);
  } catch {
    return []; // not there yet, or a message of GraphiQL's own
  }
  return [...tracks.values()];
}
