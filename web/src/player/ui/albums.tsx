/** @jsxImportSource preact */
import { Link } from "wouter-preact";
import type { AlbumCardFragment } from "../api/generated/graphql";
import { Cover } from "./cover";
import { Marked, type Reasons } from "./marked";
import { names, paths } from "./words";

interface Props {
  albums: readonly AlbumCardFragment[];
  label: string;
  /** Why each was found, in the same order. */
  reasons?: readonly Reasons[];
  onOpen?: () => void;
  /** Says the year in place of the artists, who are clear. */
  byYear?: boolean;
}

export function Albums({ albums, label, reasons, onOpen, byYear = false }: Props) {
  return (
    <ul class="albums" aria-label={label}>
      {albums.map((album, i) => (
        <li key={album.id}>
          <Link href={paths.album(album.id)} data-hit class="album-card" onClick={onOpen}>
            <Cover cover={album.cover} size={180} />
            <span class="album-title">
              <Marked text={album.title} reasons={reasons?.[i]} />
            </span>
            <span class="quiet">
              {byYear ? album.year : <Marked text={names(album.artists)} reasons={reasons?.[i]} />}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
