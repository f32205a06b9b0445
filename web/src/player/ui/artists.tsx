/** @jsxImportSource preact */
import { Fragment } from "preact";
import { Link } from "wouter-preact";
import { paths } from "./words";

/** Links to everyone credited. */
export function Artists({ artists }: { artists: readonly { id: string; name: string }[] }) {
  return (
    <>
      {artists.map((artist, i) => (
        <Fragment key={artist.id}>
          {i > 0 && ", "}
          <Link href={paths.artist(artist.id)}>
            <bdi>{artist.name}</bdi>
          </Link>
        </Fragment>
      ))}
    </>
  );
}
