/** @jsxImportSource preact */
import { Link } from "wouter-preact";
import { client, explain } from "../api/client";
import { SignInDocument, SignUpDocument } from "../api/generated/listener/graphql";
import { deviceName } from "../state/device";
import { navigate, signInPath, wayBack } from "../state/places";
import { take } from "../state/session";
import { Field, Form } from "./form";

export function SignInPage() {
  return (
    <section class="entry">
      <h1>Sign in</h1>
      <Form
        submit="Sign in"
        fields={{ login: "", password: "" }}
        onSubmit={async ({ login, password }) => {
          const variables = { login, password, device: deviceName() };
          const { data, error } = await client.peek().mutation(SignInDocument, variables).toPromise();
          if (error) return { message: explain(error) };
          const result = data!.signIn;
          if (!("credentials" in result)) return { field: "password", ...result };
          const to = wayBack();
          take(result);
          navigate(to, { replace: true });
          return null;
        }}
      >
        <Field name="login" label="User name or e-mail" required autocomplete="username" autocapitalize="off" spellcheck={false} autoFocus />
        <Field name="password" label="Password" type="password" required autocomplete="current-password" />
      </Form>
      <p class="quiet">
        <Link href="/forgot">Forgot your password?</Link>
      </p>
      <p class="quiet">
        New here? <Link href={signInPath(wayBack(), "sign-up")}>Sign up</Link>
      </p>
    </section>
  );
}

export function SignUpPage() {
  return (
    <section class="entry">
      <h1>Sign up</h1>
      <Form
        submit="Sign up"
        fields={{ userName: "", email: "", password: "" }}
        onSubmit={async (values) => {
          const variables = { ...values, device: deviceName() };
          const { data, error } = await client.peek().mutation(SignUpDocument, variables).toPromise();
          if (error) return { message: explain(error) };
          const result = data!.signUp;
          if (!("credentials" in result)) return result;
          const to = wayBack();
          take(result);
          navigate(to, { replace: true });
          return null;
        }}
      >
        <Field
          name="userName"
          label="User name"
          hint="3 to 30 letters from a to z and digits. Others see it."
          required
          autocomplete="username"
          autocapitalize="off"
          spellcheck={false}
          autoFocus
        />
        <Field name="email" label="E-mail" hint="Nobody else sees it." type="email" required autocomplete="email" />
        <Field
          name="password"
          label="Password"
          hint="At least 10 characters."
          type="password"
          required
          autocomplete="new-password"
        />
      </Form>
      <p class="quiet">
        Have an account? <Link href={signInPath(wayBack())}>Sign in</Link>
      </p>
    </section>
  );
}
