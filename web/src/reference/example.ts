import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from "graphql";

/** How deep an example goes into lists and objects. */
const DEPTH = 3;

/** An operation that asks for `field` of a root type, with its required arguments as variables. */
export function exampleOf(kind: "query" | "mutation" | "subscription", field: GraphQLField<unknown, unknown>): string {
  const required = field.args.filter(isRequiredArgument);
  const declared = required.map(({ name, type }) => `$${name}: ${type}`).join(", ");
  const given = required.map(({ name }) => `${name}: $${name}`).join(", ");
  const name = field.name[0]!.toUpperCase() + field.name.slice(1);
  const lines = selection(field.type, DEPTH, "    ");
  return [
    `${kind} ${name}${declared && `(${declared})`} {`,
    `  ${field.name}${given && `(${given})`}${lines.length > 0 ? " {" : ""}`,
    ...lines,
    ...(lines.length > 0 ? ["  }"] : []),
    "}",
  ].join("\n");
}

function selection(output: GraphQLOutputType, depth: number, indent: string): string[] {
  const type = getNamedType(output);
  if (isUnionType(type)) return ofUnion(type.getTypes(), depth, indent);
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const fields = Object.values(type.getFields()).filter((field) => !field.args.some(isRequiredArgument));
  const names = fields.map(({ name }) => name);
  // Of a connection, the nodes and the way on.
  if (names.includes("nodes") && names.includes("pageInfo")) {
    return [
      `${indent}nodes {`,
      ...selection(fields.find(({ name }) => name === "nodes")!.type, depth - 1, `${indent}  `),
      `${indent}}`,
      `${indent}pageInfo { hasNextPage endCursor }`,
    ];
  }
  const leaves = fields.filter((field) => isLeafType(getNamedType(field.type))).slice(0, 8);
  const lines = leaves.map(({ name }) => indent + name);
  if (depth <= 1) return lines.length > 0 ? lines : [`${indent}__typename`];
  const objects = fields.filter((field) => isWorthShowing(getNamedType(field.type)));
  for (const field of objects.slice(0, leaves.length === 0 ? 4 : 1)) {
    lines.push(`${indent}${field.name} {`, ...selection(field.type, depth - 1, `${indent}  `), `${indent}}`);
  }
  return lines.length > 0 ? lines : [`${indent}__typename`];
}

/** The members that are no errors each, the errors by what they have in common. */
function ofUnion(members: readonly GraphQLObjectType[], depth: number, indent: string): string[] {
  const isError = (member: GraphQLObjectType) => member.getInterfaces().some(({ name }) => name === "Error");
  const lines = members
    .filter((member) => !isError(member))
    .flatMap((member) => [
      `${indent}... on ${member.name} {`,
      ...selection(member, depth, `${indent}  `),
      `${indent}}`,
    ]);
  return members.some(isError) ? [...lines, `${indent}... on Error { code message }`] : lines;
}

const isWorthShowing = (type: GraphQLNamedType) => !isLeafType(type) && !isAbstractType(type);
