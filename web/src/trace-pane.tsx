import type { GraphiQLPlugin } from "@graphiql/react";
import { useValue } from "./react-signals";
import { isTraced, type Traced, traced } from "./trace";

/** The panel that shows how the last query ran. */
export const tracePlugin: GraphiQLPlugin = {
  title: "Plan and cost",
  icon: () => (
    <svg height="1em" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M4 19a9 9 0 1 1 16 0M12 15l4-6" strokeLinecap="round" />
    </svg>
  ),
  content: TracePane,
};

function TracePane() {
  const wanted = useValue(isTraced);
  const last = useValue(traced);
  return (
    <section className="tonearm-pane" aria-label="Plan and cost">
      <h2>Plan and cost</h2>
      <label className="check">
        <input type="checkbox" checked={wanted} onChange={(event) => (isTraced.value = event.target.checked)} />
        Ask the server how each query ran
      </label>
      {wanted && !last && <p>Run a query.</p>}
      {wanted && last && <Told {...last} />}
    </section>
  );
}

function Told({ tonearm, cost }: Traced) {
  return (
    <>
      {cost && (
        <>
          <h3>Cost</h3>
          <Numbers of={cost} />
        </>
      )}
      {!tonearm && !cost && (
        <p>
          The server does not tell. It does so with <code>TONEARM_DEVELOPMENT=true</code>, as in the demo.
        </p>
      )}
      {tonearm && (
        <>
          <h3>Milliseconds</h3>
          <Numbers of={tonearm.timings} />
          <h3>Plan</h3>
          {tonearm.notPlanned && <p>Run by graphql-core: {tonearm.notPlanned}</p>}
          {tonearm.plan.length > 0 && <pre tabIndex={0}>{tonearm.plan.join("\n")}</pre>}
          <h3>{tonearm.batches.length} batches in {tonearm.waves} waves</h3>
          {tonearm.batches.length > 0 && (
            <table>
              <thead>
                <tr>
                  <th scope="col">Loader</th>
                  <th scope="col">Wave</th>
                  <th scope="col">Keys</th>
                  <th scope="col">ms</th>
                </tr>
              </thead>
              <tbody>
                {tonearm.batches.map(({ loader, keys, wave, milliseconds }, index) => (
                  <tr key={index}>
                    <td>{loader}</td>
                    <td>{wave}</td>
                    <td>{keys}</td>
                    <td>{milliseconds.toFixed(1)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          <h3>{tonearm.statements.length} statements</h3>
          <ol>
            {tonearm.statements.map(({ sql, milliseconds }, index) => (
              <li key={index}>
                <code>{sql}</code> {milliseconds.toFixed(1)} ms
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

function Numbers({ of }: { of: Record<string, number> }) {
  return (
    <dl>
      {Object.entries(of).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
