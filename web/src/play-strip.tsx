import { useGraphiQL } from "@graphiql/react";
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { type Track, tracksOf } from "./tracks";

/** Plays what the response below which it stands holds; nothing where there is nothing to play. */
export function PlayStrip() {
  const tracks = useTracks();
  const [chosen, choose] = useState<string>();
  const audio = useRef<HTMLAudioElement>(null);
  const current = tracks.find((track) => track.url === chosen) ?? tracks[0];
  if (!current) return null;

  function play(track: Track) {
    flushSync(() => choose(track.url)); // a new source ends the play() of the one before
    audio.current?.play().catch(() => undefined); // the element shows what went wrong
  }

  return (
    <section className="play-strip" aria-label="Play what was found">
      <ul>
        {tracks.map((track) => (
          <li key={track.url}>
            <button
              type="button"
              aria-pressed={track === current}
              onClick={() => play(track)}
              title={`Play ${track.title}`}
            >
              {track.title}
            </button>
          </li>
        ))}
      </ul>
      <audio ref={audio} src={current.url} aria-label={current.title} controls preload="none" />
    </section>
  );
}

/** The tracks of the response that is shown, also after the tab has changed. */
function useTracks(): Track[] {
  const editor = useGraphiQL((state) => state.responseEditor);
  const [tracks, setTracks] = useState<Track[]>([]);
  useEffect(() => {
    if (!editor) return;
    const read = () => setTracks(tracksOf(editor.getValue()));
    read();
    const subscription = editor.onDidChangeModelContent(read);
    return () => subscription.dispose();
  }, [editor]);
  return tracks;
}
