/**
 * As much of a document as Observable Plot and d3-selection ask for when they draw: elements, attributes, inline
 * style, text and order. There is no parser, no event and no selector beyond a tag's name; what is drawn is written out once.
 */
const SVG = 'http://www.w3.org/2000/svg';

type Child = SvgElement | string;

/** Inline style as a list of declarations. */
class Style {
  readonly #declarations = new Map<string, string>();

  setProperty(name: string, value: string): void {
    this.#declarations.set(name, String(value));
  }

  removeProperty(name: string): void {
    this.#declarations.delete(name);
  }

  toString(): string {
    return [...this.#declarations].map(([name, value]) => `${name}:${value}`).join(';');
  }
}

export class SvgElement {
  readonly ownerDocument: SvgDocument;
  readonly namespaceURI: string;
  readonly tagName: string;
  readonly style = new Style();
  parentNode: SvgElement | null = null;
  readonly #attributes = new Map<string, string>();
  #children: Child[] = [];

  constructor(ownerDocument: SvgDocument, namespaceURI: string, tagName: string) {
    this.ownerDocument = ownerDocument;
    this.namespaceURI = namespaceURI;
    this.tagName = tagName;
  }

  get children(): SvgElement[] {
    return this.#children.filter((child) => typeof child !== 'string');
  }

  get textContent(): string {
    return this.#children.map((child) => (typeof child === 'string' ? child : child.textContent)).join('');
  }

  set textContent(text: string | null) {
    this.#children = text === null || text === '' ? [] : [String(text)];
  }

  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }

  hasAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }

  /** Numbers keep thousandths of a pixel. */
  setAttribute(name: string, value: unknown): void {
    this.#attributes.set(name, String(typeof value === 'number' ? Math.round(value * 1000) / 1000 : value));
  }

  setAttributeNS(_namespace: string | null, name: string, value: unknown): void {
    this.setAttribute(name, value);
  }

  removeAttribute(name: string): void {
    this.#attributes.delete(name);
  }

  appendChild(child: SvgElement): SvgElement {
    return this.insertBefore(child, null);
  }

  /** Moves the child here, before another child or to the end. */
  insertBefore(child: SvgElement, before: SvgElement | null): SvgElement {
    child.parentNode?.removeChild(child);
    const at = before === null ? -1 : this.#children.indexOf(before);
    this.#children.splice(at < 0 ? this.#children.length : at, 0, child);
    child.parentNode = this;
    return child;
  }

  removeChild(child: SvgElement): SvgElement {
    this.#children = this.#children.filter((other) => other !== child);
    child.parentNode = null;
    return child;
  }

  /** The first descendant with this tag, the only selector there is. */
  querySelector(tagName: string): SvgElement | null {
    for (const child of this.children) {
      const found = child.tagName === tagName ? child : child.querySelector(tagName);
      if (found !== null) return found;
    }
    return null;
  }

  /** The element as markup, everything escaped. */
  toString(): string {
    const style = this.style.toString();
    const attributes = [...this.#attributes, ...(style === '' ? [] : [['style', style] as const])]
      .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
      .join('');
    const inner = this.#children.map((child) =>
      typeof child === 'string' ? escapeXml(child) : child.toString(),
    );
    return `<${this.tagName}${attributes}>${inner.join('')}</${this.tagName}>`;
  }
}

export class SvgDocument {
  readonly documentElement: SvgElement = new SvgElement(this, SVG, 'svg');

  createElementNS(namespaceURI: string, tagName: string): SvgElement {
    return new SvgElement(this, namespaceURI, tagName);
  }
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
