/** @jsxImportSource preact */
import { Link } from "wouter-preact";
import { progressOf } from "../state/episodes";
import { isMarked, toggleMark } from "../state/marks";
import * as player from "../state/player";
import type { Song } from "../state/streams";
import { Artists } from "./artists";
import { Cover } from "./cover";
import { Heart } from "./heart";
import { Icon } from "./icons";
import { Marked, type Reasons } from "./marked";
import { clock, names, paths, spoken } from "./words";

interface Props {
  songs: readonly Song[];
  label: string;
  /** Why each was found, in the same order. */
  reasons?: readonly Reasons[];
  /** The songs are one album's: numbers take the place of covers. */
  isAlbum?: boolean;
  /** There is no room for the album. */
  isNarrow?: boolean;
  onPlay?: () => void;
}

/** Songs to play by one click; the others of the list follow. */
export function SongList({ songs, label, reasons, isAlbum = false, isNarrow = false, onPlay }: Props) {
  const look = isAlbum ? "songs songs-album" : isNarrow ? "songs songs-narrow" : "songs";
  return (
    <ol class={look} aria-label={label}>
      {songs.map((song, index) => (
        <li key={song.id} class={rowClass(song)}>
          <SongCells
            song={song}
            reasons={reasons?.[index]}
            isAlbum={isAlbum}
            isNarrow={isNarrow}
            play={() => {
              onPlay?.();
              player.play(songs, index, isAlbum);
            }}
          />
        </li>
      ))}
    </ol>
  );
}

export const rowClass = (song: Song) =>
  player.current.value?.song.id === song.id ? "song song-current" : "song";

interface CellsProps {
  song: Song;
  play: () => void;
  reasons?: Reasons;
  isAlbum?: boolean;
  isNarrow?: boolean;
  /** More that its menu offers. */
  actions?: readonly { label: string; act: () => void }[];
}

/** What a row shows of a song, and does with it. */
export function SongCells({ song, play, reasons, isAlbum = false, isNarrow = false, actions }: CellsProps) {
  const isCurrent = player.current.value?.song.id === song.id;
  const isPlaying = isCurrent && player.playing.value;
  const verb = isPlaying ? "Pause" : "Play";
  const length = spoken(song.durationMs / 1000);
  const note = song.explicit ? ", explicit" : "";
  const by = song.episode ? `of ${song.episode.show.title}` : `by ${names(song.artists)}`;
  return (
    <>
      <span class="song-mark">
        {isAlbum ? (
          <span class="song-number">{song.trackNumber}</span>
        ) : (
          <Cover cover={song.cover} size={48} />
        )}
        {isPlaying ? <Bars /> : <Icon name="play" />}
      </span>
      <span class="song-words">
        <button
          type="button"
          class="song-play"
          data-hit
          disabled={!song.available}
          aria-label={`${verb} ${song.title} ${by}, ${length}${note}`}
          onClick={() => (isCurrent ? player.toggle() : play())}
        >
          <Marked text={song.title} reasons={reasons} />
          {song.explicit && <abbr title="Explicit">E</abbr>}
        </button>
        <span class="song-artists">
          {song.episode ? (
            <Link href={paths.show(song.episode.show.id)}>
              <Marked text={song.episode.show.title} reasons={reasons} />
            </Link>
          ) : (
            <Artists artists={song.artists} reasons={reasons} />
          )}
        </span>
      </span>
      {!isAlbum && !isNarrow && (
        <span class="song-album">
          {song.album && (
            <Link href={paths.album(song.album.id)}>
              <Marked text={song.album.title} reasons={reasons} />
            </Link>
          )}
        </span>
      )}
      {song.episode ? (
        <span />
      ) : (
        <Heart
          isOn={isMarked("song", song.id, song.likedByViewer)}
          label={`Like ${song.title}`}
          onToggle={() => toggleMark("song", song.id, song.likedByViewer)}
        />
      )}
      <button
        type="button"
        class="icon-button song-more"
        aria-label={`More for ${song.title}`}
        aria-haspopup="menu"
        onClick={(event) => {
          const button = event.currentTarget;
          void import("./song-menu").then(({ openSongMenu }) => openSongMenu(button, song, actions));
        }}
      >
        <Icon name="more" />
      </button>
      <span class="song-time" aria-hidden="true">
        {song.available ? timeOf(song) : song.episode ? "video" : "withdrawn"}
      </span>
    </>
  );
}

/** Of an episode that was begun, what is left. */
function timeOf(song: Song): string {
  const progress = song.episode && progressOf(song.id);
  if (progress?.completed) return "heard";
  if (progress && progress.positionMs > 0 && song.durationMs > progress.positionMs) {
    return `−${clock((song.durationMs - progress.positionMs) / 1000)}`;
  }
  return song.durationMs > 0 ? clock(song.durationMs / 1000) : "";
}

/** What plays moves. */
function Bars() {
  return (
    <span class="bars" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}
