/** @jsxImportSource preact */
import type { ComponentChildren } from "preact";
import * as player from "../state/player";
import type { Song } from "../state/streams";
import { Icon } from "./icons";
import { announce } from "./live";
import { SongList } from "./song-list";

interface Props {
  /** What sort of thing this is, above its name. */
  kind: string;
  title: string;
  picture: ComponentChildren;
  /** Of the cover, as `#rrggbb`; tints the page. */
  color: string | undefined;
  about: ComponentChildren;
  songs: Song[];
  isAlbum?: boolean;
  hasMore: boolean;
  more: () => void;
  children?: ComponentChildren;
}

/** A page of something that holds songs: its head, and the songs to play. */
export function Collection({ kind, title, picture, color, about, songs, isAlbum = false, hasMore, more, children }: Props) {
  return (
    <article class="collection" style={color ? { "--tint": color } : undefined}>
      <header class="collection-head">
        {picture}
        <div class="collection-words">
          <p class="quiet">{kind}</p>
          <h1>
            <bdi>{title}</bdi>
          </h1>
          <p class="quiet">{about}</p>
          {songs.length > 0 && (
            <p class="collection-actions">
              <button type="button" class="big-button" onClick={() => player.play(songs, 0, isAlbum)}>
                <Icon name="play" /> Play
              </button>
              <button
                type="button"
                class="big-button big-button-quiet"
                onClick={() => {
                  player.addLast(songs);
                  announce(`${title} is in the queue`);
                }}
              >
                <Icon name="plus" /> Queue
              </button>
            </p>
          )}
        </div>
      </header>
      <section aria-label="Songs">
        <SongList songs={songs} label={`Songs of ${title}`} isAlbum={isAlbum} />
        {hasMore && (
          <button type="button" class="text-button more" onClick={more}>
            More songs
          </button>
        )}
      </section>
      {children}
    </article>
  );
}
