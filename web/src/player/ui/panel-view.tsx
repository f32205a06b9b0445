/** @jsxImportSource preact */
import { useQuery } from "@urql/preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { LyricsDocument } from "../api/generated/graphql";
import * as player from "../state/player";
import { Cover } from "./cover";
import { Icon } from "./icons";
import { closePanel, panel } from "./panel";
import { clock, names } from "./words";

/** As in player.css. */
const NARROW = "(max-width: 44rem)";

/** Beside the page, on a phone over it: what follows, or the words of what plays. */
export function Panel() {
  const tab = panel.value;
  const head = useRef<HTMLHeadingElement>(null);
  const isOpen = tab !== null && player.current.value !== null;
  useLayoutEffect(() => head.current?.focus(), [tab]); // before a key can close it again
  useEffect(() => {
    // On a phone it covers the page, which then is nothing for the keyboard or a screen reader.
    const covers = isOpen && matchMedia(NARROW).matches;
    for (const part of document.querySelectorAll<HTMLElement>("main, .top")) part.inert = covers;
  }, [isOpen]);
  if (!tab || !player.current.value) return null;
  return (
    <aside class="panel" aria-labelledby="panel-title">
      <header>
        <h2 id="panel-title" ref={head} tabIndex={-1}>
          {tab === "queue" ? "Queue" : "Lyrics"}
        </h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={closePanel}>
          <Icon name="close" />
        </button>
      </header>
      {tab === "queue" ? <Queue /> : <Lyrics id={player.current.value.song.id} />}
    </aside>
  );
}

function Queue() {
  const { entries, index, unshuffled, repeat } = player.queue.value;
  return (
    <>
      <p class="panel-actions narrow-only">
        <button type="button" class="text-button" aria-pressed={unshuffled !== null} onClick={player.toggleShuffle}>
          <Icon name="shuffle" /> Shuffle
        </button>
        <button type="button" class="text-button" aria-pressed={repeat !== "off"} onClick={player.cycleRepeat}>
          <Icon name="repeat" /> {repeat === "one" ? "Repeat song" : "Repeat"}
        </button>
      </p>
      <ol class="queue">
        {entries.map((entry, i) => (
          <li key={entry.key} class={i === index ? "queued queued-current" : "queued"} aria-current={i === index}>
            <Cover cover={entry.song.cover} size={40} />
            <button type="button" class="queued-words" onClick={() => player.jump(i)}>
              <span class="unseen">Play </span>
              <bdi>{entry.song.title}</bdi>
              <span class="quiet">
                <bdi>{names(entry.song.artists)}</bdi>
              </span>
            </button>
            {i === index ? (
              <span class="quiet">{clock(entry.song.durationMs / 1000)}</span>
            ) : (
              <span class="queued-actions">
                <button
                  type="button"
                  class="icon-button"
                  aria-label={`Move ${entry.song.title} up`}
                  disabled={i === 0}
                  onClick={() => player.move(i, i - 1)}
                >
                  <Icon name="up" />
                </button>
                <button
                  type="button"
                  class="icon-button"
                  aria-label={`Move ${entry.song.title} down`}
                  disabled={i === entries.length - 1}
                  onClick={() => player.move(i, i + 1)}
                >
                  <Icon name="down" />
                </button>
                <button
                  type="button"
                  class="icon-button"
                  aria-label={`Remove ${entry.song.title}`}
                  onClick={() => player.removeAt(i)}
                >
                  <Icon name="close" />
                </button>
              </span>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}

function Lyrics({ id }: { id: string }) {
  const [{ data, fetching, error }] = useQuery({ query: LyricsDocument, variables: { id } });
  const list = useRef<HTMLOListElement>(null);
  const lyrics = data?.song?.id === id ? data.song.lyrics : null;
  const now = player.position.value * 1000;
  const sung = lyrics?.lines.findLastIndex((line) => line.startMs !== null && line.startMs <= now) ?? -1;
  useEffect(() => {
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    list.current?.children[sung]?.scrollIntoView({ block: "center", behavior: isCalm ? "auto" : "smooth" });
  }, [sung]);
  if (!lyrics) {
    const why = error ? "The lyrics cannot be reached now." : "There are no lyrics for this song.";
    return <p class="notice">{fetching ? "" : why}</p>;
  }
  return (
    <ol class="lyrics" lang={lyrics.language ?? undefined} ref={list}>
      {lyrics.lines.map((line, i) => (
        <li key={i} class={i === sung ? "sung" : undefined} aria-current={i === sung || undefined}>
          {line.startMs === null ? (
            <bdi>{line.text}</bdi>
          ) : (
            <button type="button" onClick={() => player.seek(line.startMs! / 1000)}>
              <bdi>{line.text || "♪"}</bdi>
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}
