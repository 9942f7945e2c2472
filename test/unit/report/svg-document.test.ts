import { expect, test } from '@jest/globals';
import { SvgDocument } from '../../../shared/report/svg-document.ts';

const NS = 'http://www.w3.org/2000/svg';

test('text and attributes cannot leave their place', () => {
  const document = new SvgDocument();
  const g = document.createElementNS(NS, 'g');
  g.setAttribute('aria-label', '"><script>alert(1)</script>&');
  g.style.setProperty('fill', 'red"><x');
  const text = document.createElementNS(NS, 'text');
  text.textContent = '</text><script>&';
  g.appendChild(text);
  expect(g.toString()).toBe(
    '<g aria-label="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;" style="fill:red&quot;&gt;&lt;x">' +
      '<text>&lt;/text&gt;&lt;script&gt;&amp;</text></g>',
  );
});

test('elements are moved, ordered, found and removed', () => {
  const document = new SvgDocument();
  const make = (tag: string) => document.createElementNS(NS, tag);
  const [a, b, c, inner] = [make('a'), make('b'), make('c'), make('inner')];
  const root = make('svg');
  root.appendChild(a);
  root.appendChild(c);
  root.insertBefore(b, c);
  b.appendChild(inner);
  expect(root.children.map((child) => child.tagName)).toEqual(['a', 'b', 'c']);
  expect(root.querySelector('inner')).toBe(inner);
  expect(root.querySelector('none')).toBeNull();
  c.appendChild(inner);
  expect(b.children).toEqual([]);
  expect(inner.parentNode).toBe(c);
  root.removeChild(a);
  expect(root.toString()).toBe('<svg><b></b><c><inner></inner></c></svg>');
});

test('attributes and style are set, read and taken back', () => {
  const g = new SvgDocument().createElementNS(NS, 'g');
  g.setAttribute('width', 3);
  expect([g.getAttribute('width'), g.hasAttribute('width'), g.getAttribute('x')]).toEqual(['3', true, null]);
  g.removeAttribute('width');
  g.style.setProperty('fill', 'red');
  g.style.removeProperty('fill');
  expect(g.toString()).toBe('<g></g>');
});
