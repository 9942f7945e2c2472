import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Source } from '../../../shared/ports/ports.ts';
import { detectFile } from '../../../shared/table/detect.ts';

function source(bytes: Uint8Array, name = 'a.csv'): Source {
  return {
    name,
    async *open() {
      yield bytes;
    },
  };
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const detected = (text: string | Uint8Array) =>
  detectFile(source(typeof text === 'string' ? Buffer.from(text) : text));

describe('how a delimited file is written', () => {
  test('is nothing to say of RFC 4180 in UTF-8', async () => {
    for (const text of [
      'a,b\n1,2\n',
      '\ufeffa;b\r\n"x;y";2\r\n',
      '',
      'näme,b\nKöln,ü\n',
      "a,b\nit's,o'clock\n",
    ])
      expect(await detected(text)).toEqual({});
  });

  test('is told of comments before the header, and a header may itself begin with #', async () => {
    expect(await detected('# made by X\na,b\n1,2\n')).toEqual({ comment: '#' });
    expect(await detected('#one, two\n#three\na,b\n1,2\n')).toEqual({ comment: '#' });
    expect(await detected('#chrom,pos\n1,2\n')).toEqual({});
    expect(await detected('#a\n1\n')).toEqual({});
  });

  test('is told of single quotes, which an apostrophe is not', async () => {
    expect(await detected("'a','b'\n'1,5','x'\n")).toEqual({ quote: "'" });
    expect(await detected("a,b\n'1,5',x\n2,y\n")).toEqual({ quote: "'" });
    expect(await detected('\'a\',"b"\n1,2\n')).toEqual({});
  });

  test('is told of Windows-1252 if letters stand beside letters, also compressed', async () => {
    const text = latin1('näme,ort\n1,Köln\n2,München\n3,Düren\n');
    expect(await detected(text)).toEqual({ encoding: 'windows-1252' });
    expect(await detectFile(source(gzipSync(text), 'a.csv.gz'))).toEqual({ encoding: 'windows-1252' });
    expect(await detectFile(source(text), { encoding: 'iso-8859-1' })).toEqual({});
  });

  test('takes a stray byte, or one among UTF-8, for damage', async () => {
    expect(await detected(latin1('a,b\n1,x\xffy\n'))).toEqual({});
    const mixed = Buffer.concat([Buffer.from('näme,ü\n'), latin1('Köln,äöü\n')]);
    expect(await detected(mixed)).toEqual({});
    expect(await detected(Buffer.from([0x61, 0x0a, 0xc4, 0x81, 0x8d, 0xc4, 0xc4, 0x0a]))).toEqual({});
  });
});
