/** @jsxImportSource preact */
import { isMarked, toggleMark } from "../state/marks";
import * as player from "../state/player";
import { askToSignIn, navigate } from "../state/places";
import { session } from "../state/session";
import type { Song } from "../state/streams";
import { AddToPlaylist } from "./add-to-playlist";
import { announce } from "./live";
import { type MenuItem, openMenu } from "./menu";
import { openOverlay } from "./overlay";
import { paths } from "./words";

/** What can be done with a song besides playing it. */
export function openSongMenu(button: HTMLElement, song: Song, more: readonly MenuItem[] = []): void {
  const items: MenuItem[] = [];
  if (song.available) {
    items.push({ label: "Play next", act: () => (player.addNext(song), announce(`${song.title} plays next`)) });
    items.push({
      label: "Add to the queue",
      act: () => (player.addLast([song]), announce(`${song.title} is in the queue`)),
    });
  }
  if (song.episode) {
    const { show } = song.episode;
    items.push({ label: "Go to the podcast", act: () => navigate(paths.show(show.id)) });
  } else {
    const { id, likedByViewer } = song;
    const like = isMarked("song", id, likedByViewer) ? "Like no more" : "Like";
    items.push({ label: like, act: () => toggleMark("song", id, likedByViewer) });
    items.push({ label: "Add to a playlist…", act: () => addToPlaylist([song], button) });
    const { album } = song;
    if (album) items.push({ label: "Go to the album", act: () => navigate(paths.album(album.id)) });
    for (const artist of song.artists.slice(0, 3)) {
      items.push({ label: `Go to ${artist.name}`, act: () => navigate(paths.artist(artist.id)) });
    }
  }
  openMenu(button, `More for ${song.title}`, [...items, ...more]);
}

/** Asks which playlist these songs go into. */
export function addToPlaylist(songs: readonly Song[], from: HTMLElement): void {
  if (session.peek()) openOverlay(<AddToPlaylist songs={songs} />, from);
  else askToSignIn("Sign in to make playlists.");
}
