/** @jsxImportSource preact */
import { useQuery } from "@urql/preact";
import { client, explain } from "../api/client";
import {
  AccountDocument,
  SignOutDeviceDocument,
  SignOutDocument,
  UpdateProfileDocument,
  VerifyEmailDocument,
} from "../api/generated/listener/graphql";
import { tell } from "../state/notices";
import { navigate } from "../state/places";
import { forget, session } from "../state/session";
import { Field, Form } from "./form";
import { NeedsListener } from "./needs-listener";
import { PageState } from "./page-state";
import { Tools } from "./tools";
import { day } from "./words";

export function AccountPage() {
  return (
    <NeedsListener>
      <Account />
    </NeedsListener>
  );
}

function Account() {
  const [{ data, error, fetching }, retry] = useQuery({ query: AccountDocument, requestPolicy: "cache-and-network" });
  const viewer = data?.viewer;
  if (!viewer) return <PageState error={error} fetching={fetching} missing="You are signed out." retry={retry} />;
  return (
    <section class="entry account">
      <h1>{viewer.user.displayName}</h1>
      <p class="quiet">{viewer.user.userName}</p>
      <Form submit="Save" fields={{ displayName: viewer.user.displayName }} onSubmit={rename}>
        <Field name="displayName" label="Name that others see" required maxLength={64} autocomplete="nickname" />
      </Form>
      {viewer.email && !viewer.email.verifiedAt && (
        <Form
          submit="Confirm"
          fields={{ code: "" }}
          onSubmit={async ({ code }) => {
            const result = await client.peek().mutation(VerifyEmailDocument, { code }).toPromise();
            if (result.error) return { message: explain(result.error) };
            const answer = result.data!.verifyEmail;
            if ("message" in answer) return { field: "code", message: answer.message };
            retry({ requestPolicy: "network-only" });
            return null;
          }}
        >
          <Field
            name="code"
            label={`Code from the mail to ${viewer.email.address}`}
            hint="Once the address is confirmed, it signs you in."
            required
            autocomplete="one-time-code"
          />
        </Form>
      )}
      <section aria-labelledby="devices">
        <h2 id="devices">Signed in on</h2>
        <ul class="choices">
          {viewer.devices.map((device) => (
            <li key={device.id} class="device">
              <span>
                <bdi>{device.name || "A device"}</bdi>
                <span class="quiet">{device.isCurrent ? "this one" : `last used ${day(device.refreshedAt)}`}</span>
              </span>
              {!device.isCurrent && (
                <button
                  type="button"
                  class="text-button"
                  aria-label={`Sign out ${device.name}`}
                  onClick={async () => {
                    await client.peek().mutation(SignOutDeviceDocument, { deviceId: device.id }).toPromise();
                    retry({ requestPolicy: "network-only" });
                  }}
                >
                  Sign out
                </button>
              )}
            </li>
          ))}
        </ul>
      </section>
      <Tools />
      <p class="collection-actions">
        <button type="button" class="big-button" onClick={() => void signOut(false)}>
          Sign out
        </button>
        <button type="button" class="big-button big-button-quiet" onClick={() => void signOut(true)}>
          Sign out everywhere
        </button>
      </p>
    </section>
  );
}

async function rename({ displayName }: { displayName: string }) {
  const { data, error } = await client.peek().mutation(UpdateProfileDocument, { displayName }).toPromise();
  if (error) return { message: explain(error) };
  const result = data!.updateProfile;
  if (!("user" in result)) return result;
  const { user } = result;
  const own = session.peek();
  if (own) session.value = { ...own, user: { ...own.user, displayName: user.displayName } };
  tell("Saved.");
  return null;
}

/** Here, it takes effect even if the server cannot be told. */
async function signOut(everywhere: boolean): Promise<void> {
  const { error } = await client.peek().mutation(SignOutDocument, { everywhere }).toPromise();
  if (error && everywhere) return tell(explain(error));
  forget();
  navigate("/");
  tell("You are signed out.");
}
