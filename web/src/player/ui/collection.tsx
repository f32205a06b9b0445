/** @jsxImportSource preact */
import type { ComponentChildren } from "preact";
import * as player from "../state/player";
import type { Song } from "../state/streams";
import { Icon } from "./icons";
import { announce } from "./live";
import { SongList } from "./song-list";

interface HeadProps {
  /** What sort of thing this is, above its name. */
  kind: string;
  title: string;
  picture: ComponentChildren;
  about: ComponentChildren;
  /** Its buttons. */
  children?: ComponentChildren;
}

/** The head of a page of something that holds what can be played. */
export function Head({ kind, title, picture, about, children }: HeadProps) {
  return (
    <header class="collection-head">
      {picture}
      <div class="collection-words">
        <p class="quiet">{kind}</p>
        <h1>
          <bdi>{title}</bdi>
        </h1>
        <p class="quiet">{about}</p>
        <p class="collection-actions">{children}</p>
      </div>
    </header>
  );
}

/** Plays songs, and puts them into the queue. */
export function PlayButtons({ title, songs, isAlbum = false }: { title: string; songs: readonly Song[]; isAlbum?: boolean }) {
  if (songs.length === 0) return null;
  return (
    <>
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
    </>
  );
}

interface Props extends Omit<HeadProps, "children"> {
  /** Of the cover, as `#rrggbb`; tints the page. */
  color: string | undefined;
  songs: Song[];
  isAlbum?: boolean;
  hasMore: boolean;
  more: () => void;
  /** Besides playing. */
  actions?: ComponentChildren;
  children?: ComponentChildren;
}

/** A page of something that holds songs: its head, and the songs to play. */
export function Collection({ color, songs, isAlbum = false, hasMore, more, actions, children, ...head }: Props) {
  const { title } = head;
  return (
    <article class="collection" style={color ? { "--tint": color } : undefined}>
      <Head {...head}>
        <PlayButtons title={title} songs={songs} isAlbum={isAlbum} />
        {actions}
      </Head>
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
