/** @jsxImportSource preact */
// A password that was forgotten: where a mail is asked for, and where its link leads.
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { client, explain } from "../api/client";
import { RequestPasswordResetDocument, ResetPasswordDocument } from "../api/generated/listener/graphql";
import { deviceName } from "../state/device";
import { tell } from "../state/notices";
import { navigate } from "../state/places";
import { take } from "../state/session";
import { Field, Form } from "./form";

export function ForgotPage() {
  const [asked, setAsked] = useState<{ email: string; minutes: number } | null>(null);
  if (asked) {
    return (
      <section class="entry">
        <h1>Look into your mail</h1>
        <p role="status">
          If <bdi>{asked.email}</bdi> is the confirmed address of an account, a mail is on its way. It is good for{" "}
          {asked.minutes} minutes.
        </p>
        <p class="quiet">
          <Link href="/reset">I have a code</Link> · <button type="button" class="text-button" onClick={() => setAsked(null)}>Another address</button>
        </p>
      </section>
    );
  }
  return (
    <section class="entry">
      <h1>Forgot your password?</h1>
      <Form
        submit="Mail me"
        fields={{ email: "" }}
        onSubmit={async ({ email }) => {
          const { data, error } = await client.peek().mutation(RequestPasswordResetDocument, { email }).toPromise();
          if (error) return { message: explain(error) };
          const result = data!.requestPasswordReset;
          if (!("email" in result)) return { ...result, field: "email" };
          setAsked({ email: result.email, minutes: Math.round(result.expiresInSeconds / 60) });
          return null;
        }}
      >
        <Field name="email" label="E-mail" hint="The confirmed address of your account." type="email" required autocomplete="email" autoFocus />
      </Form>
      <p class="quiet">
        <Link href="/sign-in">Sign in</Link>
      </p>
    </section>
  );
}

/** `/reset#CODE` is what the mail links to; without a code, it is asked for. */
export function ResetPage() {
  const [mailed] = useState(() => location.hash.slice(1));
  return (
    <section class="entry">
      <h1>Set a new password</h1>
      <Form
        submit="Set it"
        fields={{ code: mailed, newPassword: "" }}
        onSubmit={async ({ code, newPassword }) => {
          const variables = { code, newPassword, device: deviceName() };
          const { data, error } = await client.peek().mutation(ResetPasswordDocument, variables).toPromise();
          if (error) return { message: explain(error) };
          const result = data!.resetPassword;
          if (!("credentials" in result)) return { field: "code", ...result };
          take(result);
          navigate("/", { replace: true });
          tell("Your password is set. Other devices are signed out.");
          return null;
        }}
      >
        <Field name="code" label="Code from the mail" required autocomplete="one-time-code" autocapitalize="off" spellcheck={false} autoFocus={mailed === ""} />
        <Field
          name="newPassword"
          label="New password"
          hint="At least 10 characters."
          type="password"
          required
          autocomplete="new-password"
          autoFocus={mailed !== ""}
        />
      </Form>
      <p class="quiet">
        <Link href="/forgot">Ask for another mail</Link>
      </p>
    </section>
  );
}
