// Writes the page of `reference.html` from the SDL, while `web/` is built.
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLType,
  astFromValue,
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  print,
} from "graphql";
import { exampleOf } from "./example.ts";

export function referenceOf(sdl: string): string {
  const schema = buildSchema(sdl);
  const groups = groupsOf(schema);
  return [
    '<a class="skip" href="#content">To the content</a>',
    "<header><h1>Schema reference</h1>",
    '<p><a href="/">Player</a> <a href="/graphiql">GraphiQL</a></p>',
    '<form role="search"><label for="search">Find a type, a field or a word</label>',
    '<input id="search" type="search" autocomplete="off" spellcheck="false" /></form>',
    '<p id="found" role="status"></p></header>',
    `<nav aria-label="Schema">${groups.map(contents).join("")}</nav>`,
    `<main id="content" tabindex="-1">${groups.map(section).join("")}</main>`,
  ].join("\n");
}

interface Entry {
  id: string;
  name: string;
  html: string;
}

interface Group {
  title: string;
  entries: Entry[];
}

function groupsOf(schema: GraphQLSchema): Group[] {
  const roots = [
    ["Queries", "query", schema.getQueryType()],
    ["Mutations", "mutation", schema.getMutationType()],
    ["Subscriptions", "subscription", schema.getSubscriptionType()],
  ] as const;
  const isRoot = (type: GraphQLNamedType) => roots.some(([, , root]) => root === type);
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !isRoot(type))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const kinds = [
    ["Objects", isObjectType],
    ["Interfaces", isInterfaceType],
    ["Unions", isUnionType],
    ["Inputs", isInputObjectType],
    ["Enums", isEnumType],
    ["Scalars", isScalarType],
  ] as const;
  return [
    ...roots.flatMap(([title, kind, root]) =>
      root ? [{ title, entries: Object.values(root.getFields()).map((field) => operation(kind, field)) }] : [],
    ),
    ...kinds.map(([title, isOf]) => ({
      title,
      entries: types.filter((type) => isOf(type)).map((type) => typeEntry(schema, type)),
    })),
  ].filter(({ entries }) => entries.length > 0);
}

const slug = (title: string) => title.toLowerCase();

const contents = ({ title, entries }: Group) =>
  `<details${entries.length < 60 ? " open" : ""}><summary>${title}</summary><ul>` +
  entries.map(({ id, name }) => `<li><a href="#${id}">${name}</a></li>`).join("") +
  "</ul></details>";

const section = ({ title, entries }: Group) =>
  `<section aria-labelledby="${slug(title)}"><h2 id="${slug(title)}">${title}</h2>` +
  `${entries.map(({ html }) => html).join("\n")}</section>`;

function operation(kind: "query" | "mutation" | "subscription", field: GraphQLField<unknown, unknown>): Entry {
  const id = `${kind}-${field.name}`;
  return {
    id,
    name: field.name,
    html: article(id, field.name, [
      `<p class="signature">${typeLink(field.type)}</p>`,
      described(field),
      field.args.length > 0 ? `<h4>Arguments</h4>${definitions(id, field.args)}` : "",
      `<details><summary>Example</summary><pre tabindex="0"><code>${escape(exampleOf(kind, field))}</code></pre></details>`,
    ]),
  };
}

function typeEntry(schema: GraphQLSchema, type: GraphQLNamedType): Entry {
  const id = `type-${type.name}`;
  return { id, name: type.name, html: article(id, type.name, [described(type), ...bodyOf(schema, id, type)]) };
}

function bodyOf(schema: GraphQLSchema, id: string, type: GraphQLNamedType): string[] {
  if (isObjectType(type) || isInterfaceType(type)) {
    const members: readonly GraphQLObjectType[] = isInterfaceType(type) ? schema.getPossibleTypes(type) : [];
    return [
      listed("Is a", type.getInterfaces()),
      listed("Such are", members),
      `<h4>Fields</h4>${definitions(id, Object.values(type.getFields()))}`,
    ];
  }
  if (isUnionType(type)) return [listed("One of", type.getTypes())];
  if (isInputObjectType(type)) {
    return [
      `<h4>Fields</h4>${type.isOneOf ? "<p>Exactly one of them is given.</p>" : ""}`,
      definitions(id, Object.values(type.getFields())),
    ];
  }
  if (isEnumType(type)) {
    const values = type.getValues().map((value) => `<dt><code>${value.name}</code></dt><dd>${described(value)}</dd>`);
    return [`<dl>${values.join("")}</dl>`];
  }
  const url = isScalarType(type) && type.specifiedByURL;
  return url ? [`<p>Specified by <a href="${escape(url)}">${escape(url)}</a>.</p>`] : [];
}

const article = (id: string, name: string, parts: string[]) =>
  `<article id="${id}"><h3><a href="#${id}">${name}</a></h3>${parts.join("")}</article>`;

const listed = (title: string, types: readonly GraphQLNamedType[]) =>
  types.length > 0 ? `<p>${title} ${types.map((type) => typeLink(type)).join(", ")}.</p>` : "";

type Member = GraphQLField<unknown, unknown> | GraphQLInputField | GraphQLArgument;

const definitions = (id: string, members: readonly Member[]): string =>
  `<dl>${members.map((member) => definition(`${id}-${member.name}`, member)).join("")}</dl>`;

function definition(id: string, member: Member): string {
  const preset = "defaultValue" in member ? astFromValue(member.defaultValue, member.type) : null;
  const initial = preset ? ` <span class="quiet">= ${escape(print(preset))}</span>` : "";
  const args = "args" in member && member.args.length > 0 ? definitions(id, member.args) : "";
  return (
    `<dt id="${id}"><code>${member.name}</code> ${typeLink(member.type)}${initial}</dt>` +
    `<dd>${described(member)}${args}</dd>`
  );
}

/** A type's name with its brackets, and the way to it. */
function typeLink(type: GraphQLType): string {
  if (isNonNullType(type)) return `${typeLink(type.ofType)}<span class="type">!</span>`;
  if (isListType(type)) return `<span class="type">[</span>${typeLink(type.ofType)}<span class="type">]</span>`;
  if (isSpecifiedScalarType(type)) return `<span class="type">${type.name}</span>`;
  return `<a class="type" href="#type-${type.name}">${type.name}</a>`;
}

function described({ description, ...rest }: { description?: string | null; deprecationReason?: string | null }): string {
  const old = rest.deprecationReason ? `<p><strong>Deprecated.</strong> ${prose(rest.deprecationReason)}</p>` : "";
  return `${description ? `<p>${prose(description)}</p>` : ""}${old}`;
}

/** Text with what stands in backticks as code, and an empty line as a new paragraph. */
const prose = (text: string) =>
  escape(text)
    .replace(/`([^`]+)`/g, "<code>$1</code>")
    .replace(/\n\s*\n/g, "</p><p>");

const escape = (text: string) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
