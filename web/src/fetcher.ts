// How GraphiQL asks: as whoever is signed in, with the values of answers before, and traced if wanted.
import { createGraphiQLFetcher, type Fetcher, type FetcherOpts, type FetcherParams, type Observable } from "@graphiql/toolkit";
import { type DocumentNode, type ExecutionResult, GraphQLError, Kind, parse } from "graphql";
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

interface Observer {
  next(answer: ExecutionResult): void;
  error(problem: unknown): void;
  complete(): void;
}

export const fetcher: Fetcher = (parameters, options) => {
  if (parameters.operationName === "IntrospectionQuery") return ask(parameters, options);
  const asked = asWritten(parameters, options);
  if (asked.isSubscription) return answerTo(asked.parameters, asked.options);
  // GraphiQL can stop an observable, and does so when another tab is shown: an answer that comes
  // later is not that tab's.
  const subscribe = ({ next, error, complete }: Observer) => {
    let isWanted = true;
    answerTo(asked.parameters, asked.options).then(
      (answer) => isWanted && (next(answer as ExecutionResult), complete()),
      (problem: unknown) => isWanted && error(problem),
    );
    return { unsubscribe: () => void (isWanted = false) };
  };
  return { subscribe } as Observable<ExecutionResult>;
};

/** What is to run by what the editor holds now: GraphiQL's own account of it comes a moment later. */
function asWritten(parameters: FetcherParams, options?: FetcherOpts) {
  let documentAST: DocumentNode;
  try {
    documentAST = parse(parameters.query);
  } catch {
    return { parameters, options, isSubscription: false }; // the server says what is wrong
  }
  const operations = documentAST.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const named = operations.find(({ name }) => name?.value === (parameters.operationName ?? undefined));
  const operation = named ?? (operations.length === 1 ? operations[0] : undefined);
  return {
    parameters: operation ? { ...parameters, operationName: operation.name?.value } : parameters,
    options: { ...options, documentAST },
    isSubscription: operation?.operation === "subscription",
  };
}

async function answerTo(parameters: FetcherParams, options?: FetcherOpts) {
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
    if (error instanceof UnknownNameError) return { errors: [new GraphQLError(error.message)] };
    throw error;
  }
}

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
