/** @jsxImportSource preact */
import { useQuery } from "@urql/preact";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { client, explain } from "../player/api/client";
import { CuratorDocument, SignInDocument } from "../player/api/generated/listener/graphql";
import { deviceName } from "../player/state/device";
import { take, user } from "../player/state/session";
import { Field, Form } from "../player/ui/form";
import { type Upload, add, isUnderWay, remove, retry, uploads } from "./uploads";

export function UploadPage() {
  return (
    <>
      <nav class="upload-nav" aria-label="Pages">
        <a href="/">Player</a> {user.value && <span class="quiet">{user.value.userName}</span>}
      </nav>
      <main class="upload">
        <h1>Upload music</h1>
        {user.value ? <ForCurators /> : <SignIn />}
      </main>
    </>
  );
}

function SignIn() {
  return (
    <>
      <p>For people who keep this library. Sign in first.</p>
      <Form
        submit="Sign in"
        fields={{ login: "", password: "" }}
        onSubmit={async ({ login, password }) => {
          const variables = { login, password, device: deviceName() };
          const { data, error } = await client.peek().mutation(SignInDocument, variables).toPromise();
          if (error) return { message: explain(error) };
          if (!("credentials" in data!.signIn)) return { field: "password", ...data!.signIn };
          take(data!.signIn);
          return null;
        }}
      >
        <Field name="login" label="User name or e-mail" required autocomplete="username" autocapitalize="off" spellcheck={false} />
        <Field name="password" label="Password" type="password" required autocomplete="current-password" />
      </Form>
    </>
  );
}

function ForCurators() {
  const [{ data, error, fetching }, again] = useQuery({ query: CuratorDocument });
  if (fetching) return <p role="status">One moment …</p>;
  if (error) {
    return (
      <p class="notice" role="alert">
        {explain(error)}{" "}
        <button type="button" class="text-button" onClick={() => again({ requestPolicy: "network-only" })}>
          Try again
        </button>
      </p>
    );
  }
  if (data?.viewer && data.viewer.role !== "LISTENER") return <Uploads />;
  const name = user.value?.userName ?? "NAME";
  return (
    <p class="notice" role="alert">
      Only curators may upload. Ask whoever runs this server for <code>tonearm user role {name} curator</code>, then
      load this page again.
    </p>
  );
}

function Uploads() {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const hold = (event: BeforeUnloadEvent) => {
      if (uploads.peek().some(isUnderWay)) event.preventDefault();
    };
    addEventListener("beforeunload", hold);
    return () => removeEventListener("beforeunload", hold);
  }, []);
  const all = uploads.value;
  const completed = all.filter(({ phase }) => phase.is === "completed").length;
  const failed = all.filter(({ phase }) => phase.is === "failed").length;
  return (
    <>
      <label
        class={isOver ? "drop over" : "drop"}
        onDragOver={(event) => (event.preventDefault(), setOver(true))}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          add(event.dataTransfer?.files ?? []);
        }}
      >
        <strong>Drop audio files here, or choose them</strong>
        <span class="quiet">Up to 1 GiB each. Titles, artists and covers come from their tags.</span>
        <input
          type="file"
          multiple
          accept="audio/*,.flac,.opus,.ogg,.m4a,.mp3,.wav"
          onChange={(event) => {
            add(event.currentTarget.files ?? []);
            event.currentTarget.value = "";
          }}
        />
      </label>
      <p role="status">
        {all.length > 0 && `${completed} of ${all.length} in the library${failed > 0 ? `, ${failed} failed` : ""}`}
      </p>
      <ul class="uploads" aria-label="Files">
        {all.map((upload) => (
          <Row key={upload.id} {...upload} />
        ))}
      </ul>
    </>
  );
}

const WORDS = { reading: "Reading", sending: "Sending" };

function Row(upload: Upload) {
  const { id, file, phase } = upload;
  return (
    <li>
      <span class="name">{file.name}</span>
      <span class="quiet">{(file.size / 1e6).toFixed(1)} MB</span>
      {phase.is === "waiting" && <Line>Waiting</Line>}
      {(phase.is === "reading" || phase.is === "sending") && (
        <Line>
          {WORDS[phase.is]} {Math.round(phase.done * 100)} %
          <progress value={phase.done} aria-label={`${WORDS[phase.is]} ${file.name}`} />
        </Line>
      )}
      {phase.is === "checking" && <Line>Being checked and added</Line>}
      {phase.is === "completed" && (
        <Line>
          {phase.result.isNewSong ? "New:" : "There already, now with this file:"} {phase.result.song.title} by{" "}
          {phase.result.song.artists.map(({ name }) => name).join(", ")}
          {phase.result.song.album && (
            <>
              , on <a href={`/albums/${phase.result.song.album.id}`}>{phase.result.song.album.title}</a>
            </>
          )}
          {phase.result.notes.map((note) => (
            <span class="quiet note">{note}</span>
          ))}
        </Line>
      )}
      {phase.is === "failed" && (
        <Line>
          <span class="problem" role="alert">
            {phase.message}
          </span>{" "}
          <button type="button" class="text-button" onClick={() => retry(id)}>
            Try again<span class="unseen"> {file.name}</span>
          </button>
        </Line>
      )}
      {!isUnderWay(upload) && (
        <button type="button" class="remove" aria-label={`Take ${file.name} off the list`} onClick={() => remove(id)}>
          ×
        </button>
      )}
    </li>
  );
}

const Line = ({ children }: { children: ComponentChildren }) => <span class="line">{children}</span>;
