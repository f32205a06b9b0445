/** @jsxImportSource preact */
import { type AnyVariables, type TypedDocumentNode, useQuery } from "@urql/preact";
import type { ComponentChildren } from "preact";
import { Link } from "wouter-preact";
import {
  FollowedArtistsDocument,
  HistoryDocument,
  LibraryDocument,
  LikedSongsDocument,
  SavedAlbumsDocument,
  SavedShowsDocument,
  type PlaylistCardFragment,
} from "../api/generated/listener/graphql";
import { songOf } from "../state/episodes";
import { navigate } from "../state/places";
import * as player from "../state/player";
import { codecs, type Song } from "../state/streams";
import { NewPlaylist } from "./add-to-playlist";
import { Albums } from "./albums";
import { Cover } from "./cover";
import { Icon } from "./icons";
import { Monogram } from "./monogram";
import { NeedsListener } from "./needs-listener";
import { Dialog, closeOverlay, openOverlay } from "./overlay";
import { PageState } from "./page-state";
import { usePages } from "./pages";
import { SongCells, SongList, rowClass } from "./song-list";
import { paths } from "./words";

const PARTS = {
  "": ["Library", Overview],
  songs: ["Liked songs", LikedSongs],
  artists: ["Artists", FollowedArtists],
  albums: ["Albums", SavedAlbums],
  podcasts: ["Podcasts", SavedShows],
  history: ["History", History],
} as const;

/** All that is a listener's own. */
export function LibraryPage({ part }: { part: string }) {
  const [title, View] = PARTS[part as keyof typeof PARTS] ?? PARTS[""];
  return (
    <>
      <h1>{title}</h1>
      <nav class="parts" aria-label="Library">
        {Object.entries(PARTS).map(([name, [label]]) => (
          <Link key={name} href={paths.library(name)} aria-current={name === part ? "page" : undefined}>
            {name === "" ? "Playlists" : label}
          </Link>
        ))}
      </nav>
      <NeedsListener>
        <View />
      </NeedsListener>
    </>
  );
}

function useLibrary<Data, Variables extends AnyVariables>(query: TypedDocumentNode<Data, Variables>, variables: Variables) {
  // Other devices change it, too.
  return useQuery({ query, variables, requestPolicy: "cache-and-network" });
}

function Overview() {
  const [{ data, error, fetching }, retry] = useLibrary(LibraryDocument, { codecs });
  const viewer = data?.viewer;
  if (!viewer) return <PageState error={error} fetching={fetching} missing="You are signed out." retry={retry} />;
  const playlists = [...viewer.playlists.nodes, ...viewer.savedPlaylists.nodes];
  return (
    <div class="sections">
      <section aria-labelledby="playlists">
        <h2 id="playlists">
          Playlists{" "}
          <button
            type="button"
            class="text-button"
            onClick={() =>
              openOverlay(
                <Dialog title="New playlist">
                  <NewPlaylist
                    onMade={({ id }) => {
                      closeOverlay();
                      navigate(paths.playlist(id));
                    }}
                  />
                </Dialog>,
              )
            }
          >
            <Icon name="plus" /> New playlist
          </button>
        </h2>
        {playlists.length > 0 ? (
          <Playlists playlists={playlists} />
        ) : (
          <p class="quiet">None so far. A new one is empty; songs come from their ⋯ menu.</p>
        )}
      </section>
      {viewer.episodesInProgress.nodes.length > 0 && (
        <section aria-labelledby="begun">
          <h2 id="begun">Episodes to go on with</h2>
          <SongList songs={viewer.episodesInProgress.nodes.map(songOf)} label="Episodes to go on with" isNarrow />
        </section>
      )}
      {viewer.recentlyPlayed.length > 0 && (
        <section aria-labelledby="recent">
          <h2 id="recent">Played last</h2>
          <SongList songs={viewer.recentlyPlayed} label="Played last" />
        </section>
      )}
    </div>
  );
}

const VISIBILITY = { PRIVATE: "private", UNLISTED: "for who has the link", PUBLIC: "public" };

function Playlists({ playlists }: { playlists: readonly PlaylistCardFragment[] }) {
  return (
    <ul class="playlists" aria-label="Playlists">
      {playlists.map((playlist) => (
        <li key={playlist.id}>
          <Link href={paths.playlist(playlist.id)} data-hit class="artist">
            <Monogram name={playlist.name} />
            <span class="artist-words">
              <bdi>{playlist.name}</bdi>
              <span class="quiet">
                {playlist.entryCount} {playlist.entryCount === 1 ? "song" : "songs"} · {VISIBILITY[playlist.visibility]}
              </span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

interface ListProps {
  state: ReturnType<typeof useLibrary>;
  count: number;
  /** What to do to have something here. */
  empty: string;
  hasMore: boolean;
  more: () => void;
  children: ComponentChildren;
}

function List({ state: [{ data, error, fetching }, retry], count, empty, hasMore, more, children }: ListProps) {
  if (!data) return <PageState error={error} fetching={fetching} missing={empty} retry={retry} />;
  if (count === 0) return <p class="notice">{empty}</p>;
  return (
    <div class="sections">
      {children}
      {hasMore && (
        <button type="button" class="text-button more" onClick={more}>
          Show more
        </button>
      )}
    </div>
  );
}

function LikedSongs() {
  const state = useLibrary(LikedSongsDocument, { codecs });
  const first = state[0].data?.viewer?.likedSongs;
  const { nodes, ...rest } = usePages(LikedSongsDocument, { codecs }, first, (data) => data.viewer?.likedSongs);
  return (
    <List state={state} count={nodes.length} empty="Songs that you like come here: press the heart beside them." {...rest}>
      <p class="collection-actions">
        <button type="button" class="big-button" onClick={() => player.play(nodes, 0)}>
          <Icon name="play" /> Play
        </button>
      </p>
      <SongList songs={nodes} label="Liked songs" />
    </List>
  );
}

function FollowedArtists() {
  const state = useLibrary(FollowedArtistsDocument, {});
  const first = state[0].data?.viewer?.followedArtists;
  const { nodes, ...rest } = usePages(FollowedArtistsDocument, {}, first, (data) => data.viewer?.followedArtists);
  return (
    <List state={state} count={nodes.length} empty="Artists whom you follow come here." {...rest}>
      <ul class="playlists">
        {nodes.map((artist) => (
          <li key={artist.id}>
            <Link href={paths.artist(artist.id)} data-hit class="artist">
              <Monogram name={artist.name} />
              <bdi>{artist.name}</bdi>
            </Link>
          </li>
        ))}
      </ul>
    </List>
  );
}

function SavedAlbums() {
  const state = useLibrary(SavedAlbumsDocument, {});
  const first = state[0].data?.viewer?.savedAlbums;
  const { nodes, ...rest } = usePages(SavedAlbumsDocument, {}, first, (data) => data.viewer?.savedAlbums);
  return (
    <List state={state} count={nodes.length} empty="Albums that you save come here." {...rest}>
      <Albums albums={nodes} label="Saved albums" />
    </List>
  );
}

function SavedShows() {
  const state = useLibrary(SavedShowsDocument, {});
  const first = state[0].data?.viewer?.savedShows;
  const { nodes, ...rest } = usePages(SavedShowsDocument, {}, first, (data) => data.viewer?.savedShows);
  return (
    <List state={state} count={nodes.length} empty="Podcasts that you save come here." {...rest}>
      <ul class="albums" aria-label="Saved podcasts">
        {nodes.map((show) => (
          <li key={show.id}>
            <Link href={paths.show(show.id)} data-hit class="album-card">
              <Cover cover={show.cover} size={180} />
              <bdi class="album-title">{show.title}</bdi>
              <bdi class="quiet">{show.author}</bdi>
            </Link>
          </li>
        ))}
      </ul>
    </List>
  );
}

type Played = { id: string; startedAt: string; song: Song };

function History() {
  const state = useLibrary(HistoryDocument, { codecs });
  const first = state[0].data?.viewer?.history;
  const { nodes, ...rest } = usePages(HistoryDocument, { codecs }, first, (data) => data.viewer?.history);
  const plays = nodes.filter((play): play is typeof play & Played => play.song !== null);
  const byDay = new Map<string, Played[]>();
  for (const play of plays) {
    const key = new Date(play.startedAt).toDateString();
    byDay.set(key, [...(byDay.get(key) ?? []), play]);
  }
  return (
    <List state={state} count={nodes.length} empty="What you hear comes here." {...rest}>
      {[...byDay].map(([key, some]) => (
        <section key={key} aria-label={dayName(some[0]!.startedAt)}>
          <h2>{dayName(some[0]!.startedAt)}</h2>
          <ol class="songs">
            {some.map((play) => (
              <li key={play.id} class={rowClass(play.song)}>
                <SongCells song={play.song} play={() => player.play([play.song], 0)} />
              </li>
            ))}
          </ol>
        </section>
      ))}
    </List>
  );
}

function dayName(moment: string): string {
  const then = new Date(moment).toDateString();
  if (then === new Date().toDateString()) return "Today";
  if (then === new Date(Date.now() - 86_400_000).toDateString()) return "Yesterday";
  return new Date(moment).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}
