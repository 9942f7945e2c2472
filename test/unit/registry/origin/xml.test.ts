import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { xmlTexts } from '../../../../shared/registry/origin/xml.ts';

test('texts come with the path of their element', () => {
  const document = `<?xml version="1.0" encoding="UTF-8"?>
<List xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>a &amp; b &#65;&#x42; &lt;&gt;&quot;&apos;</Name>
  <Contents><Key>x</Key><Owner/></Contents><Contents><Key></Key></Contents></List>`;
  expect(xmlTexts(document)).toEqual([
    { path: 'List/Name', text: `a & b AB <>"'` },
    { path: 'List/Contents/Key', text: 'x' },
    { path: 'List/Contents/Owner', text: '' },
    { path: 'List/Contents', text: '' },
    { path: 'List/Contents/Key', text: '' },
    { path: 'List/Contents', text: '' },
    { path: 'List', text: '' },
  ]);
});

test.each([
  '',
  'text',
  '<a>',
  '<a></b>',
  '</a>',
  '<a></a><b></b>',
  '<a></a>text',
  '<a',
  '<a>&nbsp;</a>',
  '<a>&amp</a>',
  '<a>&#x110000;</a>',
  '<a><!-- x --></a>',
  '<a><![CDATA[x]]></a>',
  '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
  '<!DOCTYPE html><html></html>',
  '<a><?php x ?></a>',
  '{"json": true}',
  '<a>'.repeat(40) + '</a>'.repeat(40),
])('%j is not what S3 answers', (document) => {
  expect(xmlTexts(document)).toBeUndefined();
});

test('any text comes back as it was written', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 }).filter((each) => each.isWellFormed());
  fc.assert(
    fc.property(text, (each) => {
      const written = each.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
      expect(xmlTexts(`<a><b>${written}</b></a>`)?.[0]).toEqual({ path: 'a/b', text: each });
    }),
  );
});

test('a long document is read in one pass', () => {
  const document = `<l>${'<k>x</k>'.repeat(100_000)}${'&'.repeat(100_000)}</l>`;
  expect(xmlTexts(document)).toBeUndefined();
  expect(xmlTexts(`<l>${'<k>x</k>'.repeat(100_000)}</l>`)).toHaveLength(100_001);
});
