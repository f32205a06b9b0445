/** @jsxImportSource preact */
import { useEffect, useMemo, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { client, explain } from "../api/client";
import {
  DeletePlaylistDocument,
  JoinPlaylistDocument,
  LeavePlaylistDocument,
  type PlaylistHeadFragment,
} from "../api/generated/listener/graphql";
import { tell } from "../state/notices";
import { navigate } from "../state/places";
import * as player from "../state/player";
import { type Entry, OpenPlaylist } from "../state/playlist";
import { session, user } from "../state/session";
import type { Song } from "../state/streams";
import { Head, PlayButtons } from "./collection";
import { Cover } from "./cover";
import { MarkButton } from "./mark-button";
import { NeedsListener } from "./needs-listener";
import { openOverlay } from "./overlay";
import { PageState } from "./page-state";
import { PlaylistSettings } from "./playlist-settings";
import { Reorder } from "./reorder";
import { SongCells, rowClass } from "./song-list";
import { minutes, paths } from "./words";

export function PlaylistPage({ id }: { id: string }) {
  const asked = new URLSearchParams(location.search);
  const [share, invite] = [asked.get("share"), asked.get("invite")];
  const who = user.value?.id;
  const playlist = useMemo(() => new OpenPlaylist(id, share), [id, share, who]);
  useEffect(() => {
    void playlist.load();
    // Other tabs, devices and people change it, too.
    const look = () => document.visibilityState === "visible" && void playlist.refresh();
    document.addEventListener("visibilitychange", look);
    addEventListener("focus", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      removeEventListener("focus", look);
    };
  }, [playlist]);
  const head = playlist.head.value;
  if (invite && !head?.changeableByViewer) return <Invitation id={id} token={invite} onJoined={() => playlist.load()} />;
  if (!head) {
    const missing = "There is no such playlist, or it is not shared with you.";
    return (
      <PageState
        error={playlist.error.value}
        fetching={playlist.fetching.value}
        missing={missing}
        retry={() => void playlist.load()}
      />
    );
  }
  return <Open playlist={playlist} head={head} />;
}

function Open({ playlist, head }: { playlist: OpenPlaylist; head: PlaylistHeadFragment }) {
  const entries = playlist.entries.value;
  const songs = entries.flatMap(({ song }) => (song ? [song] : []));
  const isOwn = head.owner?.id === user.value?.id && user.value !== null;
  const isMember = !isOwn && head.changeableByViewer;
  const picture = songs.find((song) => song.cover)?.cover;
  const who = [head.owner, ...head.collaborators].flatMap((person) => (person ? [person.displayName] : []));
  return (
    <article class="collection" style={picture ? { "--tint": picture.dominantColor } : undefined}>
      <Head
        kind={head.visibility === "PRIVATE" ? "Private playlist" : "Playlist"}
        title={head.name}
        picture={<Cover cover={picture} size={280} eager />}
        about={
          <>
            {head.description && (
              <span class="playlist-words">
                <bdi>{head.description}</bdi>
                <br />
              </span>
            )}
            <bdi>{who.join(", ")}</bdi> · {head.entryCount} {head.entryCount === 1 ? "song" : "songs"}
            {head.durationMs >= 60_000 && `, ${minutes(head.durationMs)}`}
          </>
        }
      >
        <PlayButtons title={head.name} songs={songs} />
        {isOwn && (
          <button
            type="button"
            class="big-button big-button-quiet"
            onClick={() => openOverlay(<PlaylistSettings playlist={playlist} onDelete={() => remove(playlist.id)} />)}
          >
            Edit and share
          </button>
        )}
        {isMember && (
          <button type="button" class="big-button big-button-quiet" onClick={() => void leave(playlist.id)}>
            Leave
          </button>
        )}
        {!isOwn && !isMember && (
          <MarkButton kind="playlist" id={head.id} told={false} off="Save" on="Saved" shareToken={playlist.shareToken} />
        )}
      </Head>
      {entries.length === 0 ? (
        <p class="notice">
          Nothing in it yet. <Link href="/">Search</Link> for a song, and add it by its ⋯ menu.
        </p>
      ) : (
        <section aria-label="Songs">
          <Entries playlist={playlist} entries={entries} songs={songs} isChangeable={head.changeableByViewer} />
          {playlist.hasMore.value && (
            <button type="button" class="text-button more" onClick={() => void playlist.more()}>
              More songs
            </button>
          )}
        </section>
      )}
    </article>
  );
}

interface EntriesProps {
  playlist: OpenPlaylist;
  entries: readonly Entry[];
  songs: readonly Song[];
  isChangeable: boolean;
}

function Entries({ playlist, entries, songs, isChangeable }: EntriesProps) {
  let played = 0;
  const rows = entries.map((entry) => {
    const { song } = entry;
    const place = song ? played++ : -1;
    return {
      key: entry.id,
      name: song?.title ?? "a song that is gone",
      class: song ? rowClass(song) : "song",
      content: song ? (
        <SongCells
          song={song}
          play={() => player.play(songs, place)}
          actions={isChangeable ? [{ label: "Remove from this playlist", act: () => playlist.remove(entry) }] : []}
        />
      ) : (
        <Gone onRemove={isChangeable ? () => playlist.remove(entry) : null} />
      ),
    };
  });
  const label = "Songs of the playlist";
  if (isChangeable) return <Reorder rows={rows} label={label} onMove={(from, to) => playlist.move(from, to)} />;
  return (
    <ol class="songs" aria-label={label}>
      {rows.map((row) => (
        <li key={row.key} class={row.class}>
          {row.content}
        </li>
      ))}
    </ol>
  );
}

function Gone({ onRemove }: { onRemove: (() => void) | null }) {
  return (
    <>
      <span />
      <span class="quiet">This song does not exist any more.</span>
      {onRemove && (
        <button type="button" class="text-button" onClick={onRemove}>
          Remove
        </button>
      )}
    </>
  );
}

function Invitation({ id, token, onJoined }: { id: string; token: string; onJoined: () => Promise<void> }) {
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <section class="entry">
      <h1>An invitation</h1>
      <p>Somebody asks you to make a playlist with them. You can put songs into it, move and remove them.</p>
      <NeedsListener>
        <button
          type="button"
          class="big-button"
          onClick={async () => {
            const variables = { id, inviteToken: token };
            const context = { additionalTypenames: ["PlaylistLibraryConnection"] };
            const { data, error } = await client.peek().mutation(JoinPlaylistDocument, variables, context).toPromise();
            const result = data?.joinPlaylist;
            if (result && "playlist" in result) {
              navigate(paths.playlist(id), { replace: true });
              await onJoined();
            } else {
              setProblem(error ? explain(error) : "This invitation has ended. Ask for a new one.");
            }
          }}
        >
          Join
        </button>
      </NeedsListener>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

async function remove(id: string): Promise<void> {
  const context = { additionalTypenames: ["PlaylistConnection"] };
  const { data, error } = await client.peek().mutation(DeletePlaylistDocument, { id }, context).toPromise();
  if (error || "message" in data!.deletePlaylist) return tell(error ? explain(error) : "It is gone already.");
  navigate(paths.library());
  tell("The playlist was deleted.");
}

async function leave(id: string): Promise<void> {
  const context = { additionalTypenames: ["PlaylistLibraryConnection"] };
  const { error } = await client.peek().mutation(LeavePlaylistDocument, { id }, context).toPromise();
  if (error) return tell(explain(error));
  if (session.peek()) navigate(paths.library());
}
