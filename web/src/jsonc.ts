// A parser and a printer for Prettier that format JSON with comments.
import { applyEdits, format } from "jsonc-parser";

interface Formatted {
  text: string;
}

export const parsers = {
  jsonc: {
    astFormat: "jsonc",
    locStart: () => 0,
    locEnd: (formatted: Formatted) => formatted.text.length,
    parse(text: string): Formatted {
      const options = { insertSpaces: true, tabSize: 2, insertFinalNewline: true };
      return { text: applyEdits(text, format(text, undefined, options)) };
    },
  },
};

export const printers = {
  jsonc: { print: (path: { node: Formatted }) => path.node.text },
};
