import type { SchemaTree } from 'hyparquet';
import { isListLike, isMapLike } from 'hyparquet/src/schema.js';

/** A column of the table: a leaf of the schema, or a list, map or variant that is read as JSON text. */
export interface TableColumn {
  /** The names from the root, joined by dots. */
  readonly name: string;
  readonly path: readonly string[];
}

/** A column at the top of the schema, with what is wanted of it. */
export interface TopColumn {
  readonly tree: SchemaTree;
  readonly columns: readonly TableColumn[];
  /** The paths of the leaves that have to be read for the columns. */
  readonly leaves: readonly (readonly string[])[];
}

/** The table's columns in the order of the schema: members of structs by their paths. */
export function tableColumns(node: SchemaTree): TableColumn[] {
  return node.children.flatMap((child) =>
    isOneCell(child) ? [{ name: child.path.join('.'), path: child.path }] : tableColumns(child),
  );
}

/** The columns at the top that hold wanted ones, without the members of structs that are not wanted. */
export function topColumns(root: SchemaTree, wanted: ReadonlySet<string>): TopColumn[] {
  return root.children.flatMap((child) => {
    const tree = pruned(child, wanted);
    if (tree === undefined) return [];
    const columns = isOneCell(tree) ? [{ name: tree.path.join('.'), path: tree.path }] : tableColumns(tree);
    return [{ tree, columns, leaves: leavesOf(tree) }];
  });
}

/** Is the column one leaf, which has one value or null a row? */
export function isLeaf(root: SchemaTree, path: readonly string[]): boolean {
  let node: SchemaTree | undefined = root;
  for (const name of path) node = node?.children.find(({ element }) => element.name === name);
  return node !== undefined && node.children.length === 0 && node.element.repetition_type !== 'REPEATED';
}

function isOneCell(node: SchemaTree): boolean {
  return (
    node.children.length === 0 ||
    node.element.repetition_type === 'REPEATED' ||
    isListLike(node) ||
    isMapLike(node) ||
    node.element.logical_type?.type === 'VARIANT'
  );
}

function pruned(node: SchemaTree, wanted: ReadonlySet<string>): SchemaTree | undefined {
  if (isOneCell(node)) return wanted.has(node.path.join('.')) ? node : undefined;
  const children = node.children.flatMap((child) => pruned(child, wanted) ?? []);
  return children.length === 0 ? undefined : { ...node, children };
}

function leavesOf(node: SchemaTree): (readonly string[])[] {
  return node.children.length === 0 ? [node.path] : node.children.flatMap(leavesOf);
}
