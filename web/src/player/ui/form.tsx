/** @jsxImportSource preact */
import { createContext, type ComponentChildren, type JSX } from "preact";
import { useContext, useId, useRef, useState } from "preact/hooks";

/** Why a form was not taken; `field` is whose value it is about. */
export interface Problem {
  message: string;
  field?: string;
}

interface State {
  values: Record<string, string>;
  problem: Problem | null;
}

const FormState = createContext<State>({ values: {}, problem: null });

interface FormProps<Values extends Record<string, string>> {
  /** The fields, with what they hold at first. */
  fields: Values;
  submit: string;
  /** Null when all is well. */
  onSubmit: (values: Values) => Promise<Problem | null>;
  children: ComponentChildren;
}

/** A form whose errors stand at their fields, as text, with the focus on the first. */
export function Form<Values extends Record<string, string>>({ fields, submit, onSubmit, children }: FormProps<Values>) {
  const form = useRef<HTMLFormElement>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSending, setSending] = useState(false);
  async function send(event: Event) {
    event.preventDefault();
    if (isSending) return;
    setSending(true);
    const data = new FormData(form.current!);
    const values = Object.fromEntries(Object.keys(fields).map((name) => [name, String(data.get(name) ?? "")]));
    const found = await onSubmit(values as Values);
    setSending(false);
    setProblem(found);
    const place = found && form.current?.elements.namedItem(found.field ?? "");
    if (place instanceof HTMLElement) place.focus();
  }
  const isPlaced = problem?.field !== undefined && problem.field in fields;
  return (
    <FormState.Provider value={{ values: fields, problem }}>
      <form class="form" method="post" ref={form} onSubmit={(event) => void send(event)}>
        {children}
        {problem && !isPlaced && (
          <p class="problem" role="alert">
            {problem.message}
          </p>
        )}
        <button type="submit" class="big-button" aria-disabled={isSending}>
          {submit}
        </button>
      </form>
    </FormState.Provider>
  );
}

interface FieldProps extends Omit<JSX.InputHTMLAttributes<HTMLInputElement>, "name" | "label"> {
  name: string;
  label: string;
  /** What is expected, before anything goes wrong. */
  hint?: string;
}

export function Field({ name, label, hint, ...rest }: FieldProps) {
  const { values, problem } = useContext(FormState);
  const id = useId();
  const own = problem?.field === name ? problem.message : null;
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={name}
        defaultValue={values[name]}
        aria-invalid={own ? true : undefined}
        aria-describedby={own || hint ? `${id}-about` : undefined}
        {...rest}
      />
      {(own || hint) && (
        <span id={`${id}-about`} class={own ? "problem" : "quiet"} role={own ? "alert" : undefined}>
          {own ?? hint}
        </span>
      )}
    </p>
  );
}
