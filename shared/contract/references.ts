import { type DocumentMap, isMap } from '../schema/map.ts';

export type SchemaDraft = '2020-12' | 'draft-07';

/** The draft that a `$schema` names; undefined if it is another one. */
export function draftNamed($schema: string): SchemaDraft | undefined {
  const uri = $schema.replace(/#$/, '').replace(/^http:/, 'https:');
  if (uri === 'https://json-schema.org/draft/2020-12/schema') return '2020-12';
  return uri === 'https://json-schema.org/draft-07/schema' ? 'draft-07' : undefined;
}

/** A schema with an identifier of its own, and what its identifiers name. */
export interface Resource {
  readonly base: string;
  readonly root: unknown;
  readonly anchors: Map<string, unknown>;
  readonly dynamic: Map<string, unknown>;
}

/** Where a subschema is. */
interface Home {
  readonly resource: Resource;
  /** JSON pointer from the root of its document. */
  readonly pointer: string;
}

export interface ReferenceTarget {
  readonly schema: unknown;
  readonly resource: Resource;
  readonly pointer: string;
}

/** Keywords whose values hold schemas by name, in a list, or are one. */
interface Holders {
  readonly maps: readonly string[];
  readonly lists: readonly string[];
  readonly singles: readonly string[];
}

const MAPS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies'];
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'];
const SINGLES = [
  'items',
  'additionalItems',
  'additionalProperties',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contentSchema',
];
const SUBSCHEMAS: Holders = { maps: MAPS, lists: LISTS, singles: SINGLES };
const BESIDE_REF: Holders = { maps: ['$defs', 'definitions'], lists: [], singles: [] };
/** Of a schema without `$id`; relative references need a base. */
const NOWHERE = 'contract:///schema';

/** A reference that leads nowhere, or to another document. */
export class MissingReference extends Error {
  readonly missingRef: string;

  constructor(missingRef: string) {
    super(`${missingRef} leads nowhere`);
    this.missingRef = missingRef;
  }
}

/** Identifiers of a schema document, by JSON Schema Core 2020-12, section 8.2 and 9, or draft-07, section 8.2. */
export class References {
  readonly #draft: SchemaDraft;
  readonly #resources = new Map<string, Resource>();
  readonly #homes = new Map<DocumentMap, Home>();
  readonly #documentOf: (uri: string) => unknown;
  readonly main: Resource;

  /**
   * @param documentOf a document that is at hand by its URI, such as the drafts' own schemas.
   * @throws MissingReference if one leads nowhere.
   * @throws Error if a part is of another draft or vocabulary.
   */
  constructor(schema: unknown, draft: SchemaDraft, documentOf: (uri: string) => unknown) {
    this.#draft = draft;
    this.#documentOf = documentOf;
    this.main = this.#add(schema, NOWHERE);
    // Every reference leads somewhere before a row is read; what it leads to joins those that are looked at.
    for (const [one, { resource, pointer }] of this.#homes) {
      const { $ref, $dynamicRef, $schema } = one;
      if (typeof $schema === 'string' && draftNamed($schema) !== draft)
        throw new Error(
          `its part ${pointer} has another $schema, ${JSON.stringify($schema)}, than the contract`,
        );
      if (typeof $ref === 'string') this.resolve($ref, resource);
      if (typeof $dynamicRef === 'string' && draft === '2020-12') this.resolve($dynamicRef, resource);
    }
  }

  /** Every schema that an answer may depend on. */
  get schemas(): Iterable<DocumentMap> {
    return this.#homes.keys();
  }

  #add(schema: unknown, base: string): Resource {
    const resource = { base, root: schema, anchors: new Map(), dynamic: new Map() };
    this.#resources.set(base, resource);
    this.#walk(schema, resource, '');
    return isMap(schema) ? (this.#homes.get(schema)?.resource ?? resource) : resource;
  }

  /** The resource of a subschema; that of what holds it if it is a boolean. */
  homeOf(schema: DocumentMap, otherwise: Resource): Resource {
    return this.#homes.get(schema)?.resource ?? otherwise;
  }

  #walk(schema: unknown, outer: Resource, pointer: string): void {
    if (!isMap(schema) || this.#homes.has(schema)) return;
    const resource = this.#identified(schema, outer);
    this.#homes.set(schema, { resource, pointer });
    if (this.#draft === 'draft-07' && typeof schema.$ref === 'string') {
      // Beside `$ref` nothing counts; what is defined there can still be referred to.
      this.#below(schema, resource, pointer, BESIDE_REF);
      return;
    }
    const { $anchor, $dynamicAnchor } = schema;
    if (this.#draft === '2020-12') {
      if (typeof $anchor === 'string') resource.anchors.set($anchor, schema);
      if (typeof $dynamicAnchor === 'string') {
        resource.anchors.set($dynamicAnchor, schema);
        resource.dynamic.set($dynamicAnchor, schema);
      }
    }
    this.#below(schema, resource, pointer, SUBSCHEMAS);
  }

  #below(schema: DocumentMap, resource: Resource, pointer: string, { maps, lists, singles }: Holders): void {
    for (const [keyword, value] of Object.entries(schema)) {
      const at = `${pointer}/${escaped(keyword)}`;
      if ((maps.includes(keyword) && isMap(value)) || (lists.includes(keyword) && Array.isArray(value))) {
        for (const [key, inner] of Object.entries(value as object))
          this.#walk(inner, resource, `${at}/${escaped(key)}`);
      } else if (singles.includes(keyword)) this.#walk(value, resource, at);
    }
  }

  #identified(schema: DocumentMap, outer: Resource): Resource {
    const { $id } = schema;
    if (typeof $id !== 'string') return outer;
    if (this.#draft === 'draft-07') {
      if ('$ref' in schema) return outer;
      if ($id.startsWith('#')) {
        outer.anchors.set($id.slice(1), schema);
        return outer;
      }
    }
    const base = absolute($id.replace(/#$/, ''), outer.base);
    const resource = { base, root: schema, anchors: new Map(), dynamic: new Map() };
    this.#resources.set(base, resource);
    return resource;
  }

  /** @throws MissingReference */
  resolve(reference: string, from: Resource): ReferenceTarget {
    const [uri = '', ...rest] = reference.split('#');
    const base = uri === '' ? from.base : absolute(uri, from.base);
    const resource = uri === '' ? from : (this.#resources.get(base) ?? this.#foreign(base, reference));
    const fragment = decoded(rest.join('#'));
    const found =
      fragment === '' || fragment.startsWith('/')
        ? this.#pointed(resource, fragment)
        : resource.anchors.get(fragment);
    if (found === undefined) throw new MissingReference(reference);
    const home = isMap(found) ? this.#homes.get(found) : undefined;
    return {
      schema: found,
      resource: home?.resource ?? resource,
      pointer: home?.pointer ?? fragment,
    };
  }

  #foreign(uri: string, reference: string): Resource {
    const document = this.#documentOf(uri);
    if (!isMap(document)) throw new MissingReference(uri.startsWith('contract:') ? reference : uri);
    return this.#add(document, uri);
  }

  #pointed(resource: Resource, pointer: string): unknown {
    let found: unknown = resource.root;
    let home = resource;
    for (const part of pointer.split('/').slice(1)) {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
      found = (found as DocumentMap)[key];
      if (isMap(found)) home = this.#homes.get(found)?.resource ?? home;
    }
    // Below a keyword that is not known there may still be a schema.
    if (isMap(found)) this.#walk(found, home, pointer);
    return found;
  }
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

function absolute(uri: string, base: string): string {
  try {
    return new URL(uri, base).href.replace(/#.*$/, '');
  } catch {
    return uri;
  }
}
