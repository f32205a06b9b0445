/** @jsxImportSource preact */
import { Fragment } from "preact";
import { Link } from "wouter-preact";
import { Marked, type Reasons } from "./marked";
import { paths } from "./words";

interface Props {
  artists: readonly { id: string; name: string }[];
  reasons?: Reasons;
}

/** Links to everyone credited. */
export function Artists({ artists, reasons }: Props) {
  return (
    <>
      {artists.map((artist, i) => (
        <Fragment key={artist.id}>
          {i > 0 && ", "}
          <Link href={paths.artist(artist.id)}>
            <Marked text={artist.name} reasons={reasons} />
          </Link>
        </Fragment>
      ))}
    </>
  );
}
