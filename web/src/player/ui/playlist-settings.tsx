/** @jsxImportSource preact */
import { useState } from "preact/hooks";
import type { PlaylistVisibility } from "../api/generated/listener/graphql";
import { tell } from "../state/notices";
import type { OpenPlaylist } from "../state/playlist";
import { Field, Form } from "./form";
import { Dialog, closeOverlay } from "./overlay";
import { paths } from "./words";

const VISIBILITIES: [PlaylistVisibility, string][] = [
  ["PRIVATE", "Only you"],
  ["UNLISTED", "Who has the link"],
  ["PUBLIC", "Everybody"],
];

/** What a playlist is called, and who sees and changes it. */
export function PlaylistSettings({ playlist, onDelete }: { playlist: OpenPlaylist; onDelete: () => Promise<void> }) {
  const head = playlist.head.value!;
  const [isAsking, ask] = useState(false);
  const address = new URL(paths.playlist(head.id), location.origin).href;
  const link = head.shareToken ? `${address}?${new URLSearchParams({ share: head.shareToken })}` : address;
  return (
    <Dialog title="Edit and share">
      <Form
        submit="Save"
        fields={{ name: head.name, description: head.description }}
        onSubmit={async (values) => {
          const problem = await playlist.update(values);
          if (!problem) closeOverlay();
          return problem;
        }}
      >
        <Field name="name" label="Name" required maxLength={200} autocomplete="off" />
        <Field name="description" label="Description" maxLength={2000} autocomplete="off" />
      </Form>
      <fieldset class="radios">
        <legend>Who sees it</legend>
        {VISIBILITIES.map(([visibility, label]) => (
          <label key={visibility}>
            <input
              type="radio"
              name="visibility"
              checked={head.visibility === visibility}
              onChange={() => void playlist.update({ visibility })}
            />{" "}
            {label}
          </label>
        ))}
      </fieldset>
      {head.visibility !== "PRIVATE" && <Link label="Link to it" url={link} />}
      <label class="check">
        <input
          type="checkbox"
          checked={head.inviteToken !== null}
          onChange={(event) => void playlist.update({ collaborative: event.currentTarget.checked })}
        />{" "}
        Others may change it, by invitation
      </label>
      {head.inviteToken && (
        <Link label="Invitation" url={`${address}?${new URLSearchParams({ invite: head.inviteToken })}`} />
      )}
      {isAsking ? (
        <p class="collection-actions">
          <span>Delete “{head.name}” for ever?</span>
          <button type="button" class="big-button" onClick={() => (closeOverlay(), void onDelete())}>
            Delete
          </button>
          <button type="button" class="big-button big-button-quiet" onClick={() => ask(false)}>
            Keep it
          </button>
        </p>
      ) : (
        <p>
          <button type="button" class="text-button" onClick={() => ask(true)}>
            Delete the playlist
          </button>
        </p>
      )}
    </Dialog>
  );
}

function Link({ label, url }: { label: string; url: string }) {
  return (
    <p class="field">
      <label>
        {label}
        <input readOnly value={url} onFocus={(event) => event.currentTarget.select()} />
      </label>
      <button
        type="button"
        class="text-button"
        onClick={(event) => {
          const input = event.currentTarget.previousElementSibling!.querySelector("input")!;
          input.select();
          // Pages that are not by https have no clipboard: it is selected, at least.
          void navigator.clipboard?.writeText(url).then(() => tell("Copied."), () => undefined);
        }}
      >
        Copy
      </button>
    </p>
  );
}
