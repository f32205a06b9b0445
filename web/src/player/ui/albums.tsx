/** @jsxImportSource preact */
import { Link } from "wouter-preact";
import type { AlbumCardFragment } from "../api/generated/graphql";
import { Cover } from "./cover";
import { names, paths } from "./words";

interface Props {
  albums: readonly AlbumCardFragment[];
  label: string;
  onOpen?: () => void;
  /** Says the year in place of the artists, who are clear. */
  byYear?: boolean;
}

export function Albums({ albums, label, onOpen, byYear = false }: Props) {
  return (
    <ul class="albums" aria-label={label}>
      {albums.map((album) => (
        <li key={album.id}>
          <Link href={paths.album(album.id)} data-hit class="album-card" onClick={onOpen}>
            <Cover cover={album.cover} size={180} />
            <bdi class="album-title">{album.title}</bdi>
            <span class="quiet">{byYear ? album.year : <bdi>{names(album.artists)}</bdi>}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
