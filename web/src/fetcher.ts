// How GraphiQL asks: as whoever is signed in, with the values of answers before, and traced if wanted.
import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";
import { noteValues, UnknownNameError, withValues } from "./named-values";
import { accessToken, type Granted, isStale, refresh, take } from "./player/state/session";
import { isTraced, type Traced, traced } from "./trace";

const ask = createGraphiQLFetcher({
  url: "/graphql",
  subscriptionUrl: `${location.origin.replace(/^http/, "ws")}/graphql`,
  enableIncrementalDelivery: false,
});

interface Answer {
  data?: unknown;
  extensions?: Traced & Record<string, unknown>;
}

export const fetcher: Fetcher = async (parameters, options) => {
  if (parameters.operationName === "IntrospectionQuery") return ask(parameters, options);
  try {
    const headers: Record<string, string> = withValues(lowercased(options?.headers));
    const variables: unknown = withValues(parameters.variables);
    if (headers.authorization === undefined) {
      if (isStale()) await refresh();
      const token = accessToken();
      if (token) headers.authorization = `Bearer ${token}`;
    }
    if (isTraced.peek()) Object.assign(headers, { "x-tonearm-trace": "1", "x-tonearm-cost": "1" });
    const answer = await ask({ ...parameters, variables }, { ...options, headers });
    if (Symbol.asyncIterator in answer || "subscribe" in answer) return answer;
    return read(answer as Answer) as typeof answer;
  } catch (error) {
    if (error instanceof UnknownNameError) return { errors: [{ message: error.message }] } as never;
    throw error;
  }
};

/** The answer without what its own panel shows. */
function read(answer: Answer): Answer {
  noteValues(answer.data);
  takeSession(answer.data);
  if (!isTraced.peek()) return answer;
  const { tonearm, cost, ...extensions } = answer.extensions ?? {};
  traced.value = { tonearm, cost };
  const { extensions: _, ...shown } = answer;
  return Object.keys(extensions).length > 0 ? { ...shown, extensions } : shown;
}

/** Who signs up or in by a query is signed in. */
function takeSession(data: unknown): void {
  if (data === null || typeof data !== "object") return;
  for (const result of Object.values(data)) if (isGranted(result)) take(result);
}

function isGranted(result: unknown): result is Granted {
  const { credentials, viewer } = (result ?? {}) as Partial<Granted>;
  return Boolean(
    credentials?.accessToken && credentials.refreshToken && credentials.expiresAt && viewer?.user?.id && viewer.user.userName,
  );
}

const lowercased = (headers: Record<string, unknown> = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
