/** @jsxImportSource preact */
import { useQuery } from "@urql/preact";
import { useEffect } from "preact/hooks";
import { Link } from "wouter-preact";
import { GenresDocument } from "../api/generated/graphql";
import { songOf } from "../state/episodes";
import { isOnline, saved } from "../state/saved";
import * as search from "../state/search";
import { Albums } from "./albums";
import { Cover } from "./cover";
import { Icon } from "./icons";
import { announce } from "./live";
import { Marked, alias } from "./marked";
import { Monogram } from "./monogram";
import { SongList } from "./song-list";
import { Tools } from "./tools";
import { names, paths } from "./words";

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
          {isOnline.value && saved.value.length > 0 && (
            <>
              {" "}
              Meanwhile, play <Link href="/offline">what is kept in this browser</Link>.
            </>
          )}
        </p>
      )}
      {search.found.value ? <Found /> : !search.text.value.trim() && <Start />}
    </>
  );
}

function Found() {
  const { text, result } = search.found.value!;
  const [songs, artists, albums, playlists, shows, episodes] = [
    result.songs.edges,
    result.artists.edges,
    result.albums.edges,
    result.playlists.edges,
    result.shows.edges,
    result.episodes.edges,
  ];
  const others = [artists, albums, playlists, shows, episodes];
  const count = others.reduce((sum, edges) => sum + edges.length, songs.length);
  const meant = result.didYouMean;
  useEffect(() => {
    const words = count
      ? `${songs.length} songs, ${artists.length} artists, ${albums.length} albums, ${playlists.length} playlists, ${shows.length + episodes.length} podcasts and episodes`
      : "Nothing found";
    const said = setTimeout(() => announce(meant ? `${words}, also for ${meant}` : words), 700);
    return () => clearTimeout(said);
  }, [text, count, meant]);
  if (count === 0) {
    return (
      <p class="notice">
        Nothing found for “<bdi>{text}</bdi>”. Fewer letters find more.
      </p>
    );
  }
  const top = result.top[0];
  const hasSide = count > songs.length;
  return (
    <>
      {meant && <Meant text={text} meant={meant} />}
      <div class={hasSide && songs.length ? "found" : "found found-narrow"}>
        {top && isCard(top) && <Top top={top} />}
        {songs.length > 0 && (
          <section class="found-songs" aria-labelledby="found-songs">
            <h2 id="found-songs">Songs</h2>
            <SongList
              songs={songs.map((edge) => edge.node)}
              reasons={songs.map((edge) => edge.match)}
              label="Songs"
              onPlay={search.remember}
            />
            {result.songs.pageInfo.hasNextPage && (
              <button type="button" class="text-button more" onClick={() => void search.more()}>
                More songs
              </button>
            )}
          </section>
        )}
        {hasSide && (
          <div class="found-side">
            {artists.length > 0 && <FoundArtists artists={artists} />}
            {albums.length > 0 && (
              <section aria-labelledby="found-albums">
                <h2 id="found-albums">Albums</h2>
                <Albums
                  albums={albums.map((edge) => edge.node)}
                  reasons={albums.map((edge) => edge.match)}
                  label="Albums"
                  onOpen={search.remember}
                />
              </section>
            )}
            {playlists.length > 0 && <FoundPlaylists playlists={playlists} />}
            {shows.length + episodes.length > 0 && (
              <section aria-labelledby="found-podcasts">
                <h2 id="found-podcasts">Podcasts</h2>
                {shows.length > 0 && <FoundShows shows={shows} />}
                {episodes.length > 0 && (
                  <SongList
                    songs={episodes.map((edge) => songOf(edge.node))}
                    reasons={episodes.map((edge) => edge.match)}
                    label="Episodes"
                    isNarrow
                    onPlay={search.remember}
                  />
                )}
              </section>
            )}
          </div>
        )}
      </div>
    </>
  );
}

/** What was found is not only what was typed: says so, and for what. */
function Meant({ text, meant }: { text: string; meant: string }) {
  return (
    <p class="meant">
      Hardly anything is called “<bdi>{text}</bdi>”. These are also results for{" "}
      <Link href={`/?${new URLSearchParams({ q: meant })}`} onClick={() => search.search(meant)}>
        <bdi>{meant}</bdi>
      </Link>
      .
    </p>
  );
}

type Result = NonNullable<typeof search.found.value>["result"];

type Card = Extract<Result["top"][number], { id: string }>;

const isCard = (top: Result["top"][number]): top is Card => "id" in top;

function describe(top: Card) {
  if ("artists" in top) {
    const { id, title, artists, cover } = top;
    return { kind: "Album", name: title, about: names(artists), href: paths.album(id), cover };
  }
  if ("author" in top) {
    const { id, title, author, cover } = top;
    return { kind: "Podcast", name: title, about: author, href: paths.show(id), cover };
  }
  if ("owner" in top) {
    const { id, name, owner } = top;
    return { kind: "Playlist", name, about: owner?.displayName, href: paths.playlist(id), cover: null };
  }
  return { kind: "Artist", name: top.name, about: null, href: paths.artist(top.id), cover: null };
}

/** The best of all, where it is not a song: those come first anyway. */
function Top({ top }: { top: Card }) {
  const { kind, name, about, href, cover } = describe(top);
  return (
    <section class="top-hit" aria-label="Top result">
      <Link href={href} data-hit onClick={search.remember}>
        {cover ? <Cover cover={cover} size={96} eager /> : <Monogram name={name} />}
        <span class="top-words">
          <span class="quiet">Top result · {kind}</span>
          <bdi class="top-name">{name}</bdi>
          {about && <bdi class="quiet">{about}</bdi>}
        </span>
      </Link>
    </section>
  );
}

function FoundArtists({ artists }: { artists: Result["artists"]["edges"] }) {
  return (
    <section aria-labelledby="found-artists">
      <h2 id="found-artists">Artists</h2>
      <ul class="artists">
        {artists.map(({ node: artist, match }) => {
          const other = alias([artist.name], match);
          return (
            <li key={artist.id}>
              <Link href={paths.artist(artist.id)} data-hit class="artist" onClick={search.remember}>
                <Monogram name={artist.name} />
                <span class="artist-words">
                  <Marked text={artist.name} reasons={match} />
                  {other && (
                    <span class="quiet">
                      also <Marked text={other} reasons={match} />
                    </span>
                  )}
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function FoundPlaylists({ playlists }: { playlists: Result["playlists"]["edges"] }) {
  return (
    <section aria-labelledby="found-playlists">
      <h2 id="found-playlists">Playlists</h2>
      <ul class="playlists found-playlists">
        {playlists.map(({ node: playlist, match }) => (
          <li key={playlist.id}>
            <Link href={paths.playlist(playlist.id)} data-hit class="artist" onClick={search.remember}>
              <Monogram name={playlist.name} />
              <span class="artist-words">
                <Marked text={playlist.name} reasons={match} />
                {playlist.owner && <bdi class="quiet">{playlist.owner.displayName}</bdi>}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function FoundShows({ shows }: { shows: Result["shows"]["edges"] }) {
  return (
    <ul class="artists">
      {shows.map(({ node: show, match }) => (
        <li key={show.id}>
          <Link href={paths.show(show.id)} data-hit class="artist" onClick={search.remember}>
            <Cover cover={show.cover} size={48} />
            <span class="artist-words">
              <Marked text={show.title} reasons={match} />
              <span class="quiet">
                <Marked text={show.author} reasons={match} />
              </span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
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
          <Tools />
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
