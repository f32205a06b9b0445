import type { GraphiQLPlugin } from "@graphiql/react";
import { Client, fetchExchange } from "@urql/core";
import { useRef, useState } from "react";
import { SignInDocument, SignUpDocument } from "./player/api/generated/listener/graphql";
import { deviceName } from "./player/state/device";
import { accessToken, forget, type Granted, isStale, refresh, take, user } from "./player/state/session";
import { useValue } from "./react-signals";

/** The panel where one signs in; `fetcher` then sends the header for all tabs. */
export const accountPlugin: GraphiQLPlugin = {
  title: "Sign in",
  icon: () => (
    <svg height="1em" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <circle cx="12" cy="8" r="4" />
      <path d="M4 21c1-5 4-7 8-7s7 2 8 7" strokeLinecap="round" />
    </svg>
  ),
  content: AccountPane,
};

const client = new Client({ url: "/graphql", preferGetMethod: false, exchanges: [fetchExchange] });

function AccountPane() {
  const person = useValue(user);
  return (
    <section className="tonearm-pane" aria-label="Sign in">
      {person ? <SignedIn key={person.id} name={person.userName} /> : <Entry />}
    </section>
  );
}

function SignedIn({ name }: { name: string }) {
  const [said, say] = useState("");
  async function copy() {
    if (isStale()) await refresh();
    try {
      await navigator.clipboard.writeText(JSON.stringify({ Authorization: `Bearer ${accessToken()}` }));
      say("Copied. It is good for some minutes.");
    } catch {
      say("The browser does not let this page copy.");
    }
  }
  return (
    <>
      <h2>Signed in as {name}</h2>
      <p>
        Every tab sends <code>Authorization: Bearer …</code> with a token that is good, unless its <em>Headers</em> have
        another. The player and the upload page are signed in, too.
      </p>
      <p className="buttons">
        <button type="button" onClick={() => void copy()}>
          Copy the header
        </button>
        <button type="button" onClick={forget}>
          Sign out here
        </button>
      </p>
      <p role="status">{said}</p>
    </>
  );
}

function Entry() {
  const [isNew, setNew] = useState(false);
  const [problem, setProblem] = useState("");
  const form = useRef<HTMLFormElement>(null);

  async function send(event: React.FormEvent) {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form.current!)) as Record<string, string>;
    const { login, password } = fields;
    setProblem("");
    const result = isNew
      ? await signUp(fields.userName!, login!, password!)
      : await signIn(login!, password!);
    if ("credentials" in result) take(result);
    else setProblem(result.message);
  }

  return (
    <>
      <h2>{isNew ? "Sign up" : "Sign in"}</h2>
      <p>All tabs then ask as you. Nobody need be signed in to search and to read.</p>
      <form ref={form} method="post" onSubmit={(event) => void send(event)}>
        {isNew && (
          <label>
            User name
            <input name="userName" required autoComplete="username" autoCapitalize="off" spellCheck={false} />
          </label>
        )}
        <label>
          {isNew ? "E-mail" : "User name or e-mail"}
          <input
            name="login"
            type={isNew ? "email" : "text"}
            required
            autoComplete={isNew ? "email" : "username"}
            autoCapitalize="off"
            spellCheck={false}
          />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            required
            autoComplete={isNew ? "new-password" : "current-password"}
          />
        </label>
        {problem && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <p className="buttons">
          <button type="submit">{isNew ? "Sign up" : "Sign in"}</button>
          <button type="button" onClick={() => (setNew(!isNew), setProblem(""))}>
            {isNew ? "I have an account" : "I am new here"}
          </button>
        </p>
      </form>
    </>
  );
}

type Entered = Granted | { message: string };

async function signIn(login: string, password: string): Promise<Entered> {
  const variables = { login, password, device: `GraphiQL, ${deviceName()}` };
  const { data, error } = await client.mutation(SignInDocument, variables).toPromise();
  return data?.signIn ?? { message: error?.graphQLErrors[0]?.message ?? UNREACHED };
}

async function signUp(userName: string, email: string, password: string): Promise<Entered> {
  const variables = { userName, email, password, device: `GraphiQL, ${deviceName()}` };
  const { data, error } = await client.mutation(SignUpDocument, variables).toPromise();
  return data?.signUp ?? { message: error?.graphQLErrors[0]?.message ?? UNREACHED };
}

const UNREACHED = "The server cannot be reached. Check the network and try again.";
