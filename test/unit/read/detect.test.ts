import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { ByteSource } from '../../../shared/ports/ports.ts';
import { detectFile } from '../../../shared/read/detect.ts';

function source(bytes: Uint8Array, name = 'a.csv'): ByteSource {
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
    for (const [text, comments] of [
      ['# made by X\na,b\n1,2\n', 1],
      ['#one, two\n#three\na,b\n1,2\n', 2],
      ['# exported 2024-01-01\ncolor,n\n#ff0000,1\nblue,3\n', 1],
      ['# exported 2024-01-01, by me\ncolor,n\nred,1\n', 1],
      ['# he said "no,\n\n# a\r\na,b\n1,2\n', 2],
      ['##fileformat=VCFv4.2\n##x=a\tb\n#CHROM\tPOS\tID\n1\t2\tx\n', 2],
      ['# run 7\n# x,y\n1.5,2\n', 1],
      ['# made by X\ncolor\nred\n', 1],
      ['# only\n#comments\n', 0],
      ['#chrom,pos\n1,2\n', 0],
      ['#id,name\n1,"a,b"\n', 0],
      ['#id,note\n1,"a\nb,c"\n2,x\n', 0],
      ['#color,n\n#ff0000,1\nblue,3\n', 0],
      ['# x,y\n1.5,2\n', 0],
      ['#a\n1\n', 0],
      ['#a\nred\n', 0],
    ] as const)
      expect([text, await detected(text)]).toEqual([text, comments === 0 ? {} : { comments }]);
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
