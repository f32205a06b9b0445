/** `$PLAYLIST` in a text of the variables or headers; the tutorials use the same names. */
const NAME = /\$([A-Z][A-Z_]{2,})/g;

const values = new Map<string, string>();

/** A name was used that no answer has given a value. */
export class UnknownNameError extends Error {
  constructor(name: string) {
    super(
      `$${name} is not known yet. It is the field ${fieldOf(name)} of an answer: ` +
        "run the tab that asks for it first, or write a value of your own.",
    );
  }
}

/** Keeps the texts of an answer by the names of their fields: `accessToken` as `$ACCESS_TOKEN`. */
export function noteValues(data: unknown): void {
  if (Array.isArray(data)) {
    data.forEach(noteValues);
  } else if (data !== null && typeof data === "object") {
    for (const [field, value] of Object.entries(data)) {
      if (typeof value === "string") values.set(nameOf(field), value);
      noteValues(value);
    }
  }
}

/** The same with values for names. `$NEW_NAME` is a user name that nobody has. */
export function withValues<T>(input: T): T {
  const newName = `listener-${Math.random().toString(36).slice(2, 8)}`;
  const fill = (value: unknown): unknown => {
    if (typeof value === "string") {
      return value.replace(NAME, (_, name: string) => {
        const known = name === "NEW_NAME" ? newName : values.get(name);
        if (known === undefined) throw new UnknownNameError(name);
        return known;
      });
    }
    if (Array.isArray(value)) return value.map(fill);
    if (value !== null && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]));
    }
    return value;
  };
  return fill(input) as T;
}

const nameOf = (field: string) => field.replace(/(?=[A-Z])/g, "_").toUpperCase();

const fieldOf = (name: string) =>
  name.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
