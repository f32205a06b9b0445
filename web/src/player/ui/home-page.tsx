/** @jsxImportSource preact */
import { useQuery } from "@urql/preact";
import { useEffect } from "preact/hooks";
import { Link } from "wouter-preact";
import { GenresDocument } from "../api/generated/graphql";
import * as search from "../state/search";
import { Albums } from "./albums";
import { Icon } from "./icons";
import { announce } from "./live";
import { SongList } from "./song-list";
import { paths } from "./words";

export function HomePage() {
  return (
    <>
      <h1 class="unseen">Search</h1>
      {search.problem.value && (
        <p class="notice" role="alert">
          {search.problem.value}{" "}
          <button type="button" class="text-button" onClick={search.retry}>
            Try again
          </button>
        </p>
      )}
      {search.found.value ? <Found /> : !search.text.value.trim() && <Start />}
    </>
  );
}

function Found() {
  const { text, result } = search.found.value!;
  const { songs, artists, albums } = result;
  const count = songs.nodes.length + artists.nodes.length + albums.nodes.length;
  useEffect(() => {
    const said = setTimeout(() => announce(count ? `${songs.nodes.length} songs, ${artists.nodes.length} artists, ${albums.nodes.length} albums` : "Nothing found"), 700);
    return () => clearTimeout(said);
  }, [text, count]);
  if (count === 0) {
    return (
      <p class="notice">
        Nothing found for “<bdi>{text}</bdi>”. Fewer letters find more.
      </p>
    );
  }
  const hasSide = artists.nodes.length + albums.nodes.length > 0;
  return (
    <div class={hasSide && songs.nodes.length ? "found" : "found found-narrow"}>
      {songs.nodes.length > 0 && (
        <section aria-labelledby="found-songs">
          <h2 id="found-songs">Songs</h2>
          <SongList songs={songs.nodes} label="Songs" onPlay={search.remember} />
          {songs.pageInfo.hasNextPage && (
            <button type="button" class="text-button more" onClick={() => void search.more()}>
              More songs
            </button>
          )}
        </section>
      )}
      {hasSide && (
        <div class="found-side">
          {artists.nodes.length > 0 && (
            <section aria-labelledby="found-artists">
              <h2 id="found-artists">Artists</h2>
              <ul class="artists">
                {artists.nodes.map((artist) => (
                  <li key={artist.id}>
                    <Link href={paths.artist(artist.id)} data-hit class="artist" onClick={search.remember}>
                      <span class="monogram" aria-hidden="true">
                        {[...artist.name][0]}
                      </span>
                      <bdi>{artist.name}</bdi>
                    </Link>
                  </li>
                ))}
              </ul>
            </section>
          )}
          {albums.nodes.length > 0 && (
            <section aria-labelledby="found-albums">
              <h2 id="found-albums">Albums</h2>
              <Albums albums={albums.nodes} label="Albums" onOpen={search.remember} />
            </section>
          )}
        </div>
      )}
    </div>
  );
}

/** Before anything is typed: what was searched before, and where to begin. */
function Start() {
  const [{ data }] = useQuery({ query: GenresDocument });
  return (
    <div class="start">
      {search.recent.value.length > 0 && (
        <section aria-labelledby="recent">
          <h2 id="recent">
            Recent searches{" "}
            <button type="button" class="text-button" onClick={() => search.forget()}>
              Clear
            </button>
          </h2>
          <ul class="recent">
            {search.recent.value.map((typed) => (
              <li key={typed}>
                <Link href={`/?${new URLSearchParams({ q: typed })}`} data-hit onClick={() => search.search(typed)}>
                  <Icon name="clock" />
                  <bdi>{typed}</bdi>
                </Link>
                <button
                  type="button"
                  class="icon-button"
                  aria-label={`Forget ${typed}`}
                  onClick={() => search.forget(typed)}
                >
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {data && (
        <>
          <section aria-labelledby="genres">
            <h2 id="genres">Genres</h2>
            <ul class="chips">
              {data.genres.nodes.map((genre) => (
                <li key={genre.id}>
                  <Link href={paths.genre(genre.slug)} data-hit>
                    {genre.name}
                  </Link>
                </li>
              ))}
            </ul>
          </section>
          <Hints />
        </>
      )}
    </div>
  );
}

function Hints() {
  return (
    <p class="hints quiet" aria-label="Keys">
      <span><kbd>/</kbd> search</span>
      <span><kbd>↓</kbd> <kbd>↑</kbd> choose</span>
      <span><kbd>Enter</kbd> play</span>
      <span><kbd>Space</kbd> or <kbd>K</kbd> pause</span>
      <span><kbd>J</kbd> <kbd>L</kbd> ten seconds back, on</span>
      <span><kbd>N</kbd> <kbd>P</kbd> next, previous</span>
      <span><kbd>M</kbd> mute</span>
    </p>
  );
}
