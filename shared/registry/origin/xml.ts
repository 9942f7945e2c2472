/** The elements of S3's answers: names and texts, without attributes' meaning, entities of a document's own, or DTDs. */

/** A text and where it is: `ListBucketResult/Contents/Key`. */
export interface XmlText {
  readonly path: string;
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const NAME = '[A-Za-z_][\\w.-]*';
const TOKEN = new RegExp(`<\\?xml[^<>]*\\?>|<(${NAME})(?:\\s[^<>]*?)?(/?)>|</(${NAME})\\s*>|([^<]+)`, 'y');
const MOST_DEPTH = 16;

/**
 * All texts of a document in their order; undefined if it is not well-formed, or uses more of XML than S3 does
 * (declarations, comments, CDATA, entities beyond the five predefined ones and numbers).
 */
export function xmlTexts(document: string): readonly XmlText[] | undefined {
  const open: string[] = [];
  const texts: XmlText[] = [];
  let held = '';
  let roots = 0;
  TOKEN.lastIndex = 0;
  for (let at = 0; at < document.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(document);
    if (found === null) return undefined;
    const [, opened, closes, closed, text] = found;
    if (opened !== undefined) {
      if (open.length === 0 && ++roots > 1) return undefined;
      held = '';
      if (closes === '/') texts.push({ path: [...open, opened].join('/'), text: '' });
      else if (open.push(opened) > MOST_DEPTH) return undefined;
    } else if (closed !== undefined) {
      if (open.at(-1) !== closed) return undefined;
      texts.push({ path: open.join('/'), text: held });
      open.pop();
      held = '';
    } else if (text !== undefined) {
      const plain = decoded(text);
      if (plain === undefined || (open.length === 0 && plain.trim() !== '')) return undefined;
      held = plain;
    }
  }
  return open.length === 0 && roots === 1 ? texts : undefined;
}

function decoded(text: string): string | undefined {
  let known = true;
  const plain = text.replace(/&([^;&]*);?/g, (entity, name: string) => {
    const [, hex, decimal] = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(name) ?? [];
    const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal ?? Number.NaN);
    const character = code <= 0x10ffff ? String.fromCodePoint(code) : ENTITIES[name];
    known &&= character !== undefined && entity.endsWith(';');
    return character ?? '';
  });
  return known ? plain : undefined;
}
