/** @jsxImportSource preact */
import { Link } from "wouter-preact";
import * as player from "../state/player";
import type { Song } from "../state/streams";
import { Artists } from "./artists";
import { Cover } from "./cover";
import { Icon } from "./icons";
import { announce } from "./live";
import { clock, names, paths, spoken } from "./words";

interface Props {
  songs: readonly Song[];
  label: string;
  /** The songs are one album's: numbers take the place of covers. */
  isAlbum?: boolean;
  onPlay?: () => void;
}

/** Songs to play by one click; the others of the list follow. */
export function SongList({ songs, label, isAlbum = false, onPlay }: Props) {
  return (
    <ol class={isAlbum ? "songs songs-album" : "songs"} aria-label={label}>
      {songs.map((song, index) => (
        <SongRow
          key={song.id}
          song={song}
          isAlbum={isAlbum}
          play={() => {
            onPlay?.();
            player.play(songs, index, isAlbum);
          }}
        />
      ))}
    </ol>
  );
}

function SongRow({ song, isAlbum, play }: { song: Song; isAlbum: boolean; play: () => void }) {
  const isCurrent = player.current.value?.song.id === song.id;
  const isPlaying = isCurrent && player.playing.value;
  const verb = isPlaying ? "Pause" : "Play";
  const length = spoken(song.durationMs / 1000);
  const note = song.explicit ? ", explicit" : "";
  return (
    <li class={isCurrent ? "song song-current" : "song"}>
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
          aria-label={`${verb} ${song.title} by ${names(song.artists)}, ${length}${note}`}
          onClick={() => (isCurrent ? player.toggle() : play())}
        >
          <bdi>{song.title}</bdi>
          {song.explicit && <abbr title="Explicit">E</abbr>}
        </button>
        <span class="song-artists">
          <Artists artists={song.artists} />
        </span>
      </span>
      {!isAlbum && (
        <span class="song-album">
          {song.album && (
            <Link href={paths.album(song.album.id)}>
              <bdi>{song.album.title}</bdi>
            </Link>
          )}
        </span>
      )}
      <button
        type="button"
        class="icon-button song-add"
        aria-label={`Put ${song.title} next in the queue`}
        title="Play next"
        disabled={!song.available}
        onClick={() => {
          player.addNext(song);
          announce(`${song.title} plays next`);
        }}
      >
        <Icon name="plus" />
      </button>
      <span class="song-time" aria-hidden="true">
        {song.available ? clock(song.durationMs / 1000) : "withdrawn"}
      </span>
    </li>
  );
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
