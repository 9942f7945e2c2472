import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { ByteSource } from '../../../shared/ports/ports.ts';
import { detectFile } from '../../../shared/read/detect.ts';
import type { Dialect } from '../../../shared/read/dialect.ts';

function source(bytes: Uint8Array, name = 'a.csv'): ByteSource {
  return {
    name,
    async *open() {
      yield bytes;
    },
  };
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');
async function detected(text: string | Uint8Array, said?: Dialect) {
  const found = await detectFile(source(typeof text === 'string' ? Buffer.from(text) : text), {}, said);
  return { ...found.dialect, signs: found.signs.map((sign) => sign.text), doubt: found.doubt?.message };
}
const NOTHING = { signs: [] };

describe('how a delimited file is written', () => {
  test('is nothing to say of RFC 4180 in UTF-8', async () => {
    for (const text of [
      'a,b\n1,2\n',
      '\ufeffa;b\r\n"x;y";2\r\n',
      '',
      'näme,b\nKöln,ü\n',
      "a,b\nit's,o'clock\n",
    ])
      expect(await detected(text)).toEqual(NOTHING);
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
      expect([text, (await detected(text)).signs]).toEqual([
        text,
        comments === 0
          ? []
          : [`without the ${comments === 1 ? 'comment line' : '2 comment lines'} before the header`],
      ]);
  });

  test('is told of single quotes, which an apostrophe is not', async () => {
    expect(await detected("'a','b'\n'1,5','x'\n")).toMatchObject({
      quote: "'",
      signs: ['with fields in single quotes', 'with decimal commas'],
    });
    expect(await detected("a,b\n'1,5',x\n2,y\n")).toMatchObject({
      quote: "'",
      signs: ['with fields in single quotes', 'with decimal commas'],
    });
    expect(await detected('\'a\',"b"\n1,2\n')).toEqual(NOTHING);
  });

  test('is told of Windows-1252 if letters stand beside letters, also compressed', async () => {
    const text = latin1('näme,ort\n1,Köln\n2,München\n3,Düren\n');
    expect(await detected(text)).toMatchObject({ encoding: 'windows-1252', signs: ['in windows-1252'] });
    expect((await detectFile(source(gzipSync(text), 'a.csv.gz'))).dialect).toEqual({
      encoding: 'windows-1252',
    });
    expect(await detectFile(source(text), { encoding: 'iso-8859-1' })).toEqual({ dialect: {}, signs: [] });
  });

  test('takes a stray byte, or one among UTF-8, for damage', async () => {
    expect(await detected(latin1('a,b\n1,x\xffy\n'))).toEqual(NOTHING);
    const mixed = Buffer.concat([Buffer.from('näme,ü\n'), latin1('Köln,äöü\n')]);
    expect(await detected(mixed)).toEqual(NOTHING);
    expect(await detected(Buffer.from([0x61, 0x0a, 0xc4, 0x81, 0x8d, 0xc4, 0xc4, 0x0a]))).toEqual(NOTHING);
  });

  const rows = (make: (i: number) => string) => Array.from({ length: 30 }, (_value, i) => make(i)).join('');

  test('is told of decimal commas and of what stands between thousands', async () => {
    const decimal = await detected(`id;price\n${rows((i) => `${i};${i},${i % 10}\n`)}`);
    expect(decimal).toEqual({ decimal: ',', signs: ['with decimal commas'] });
    const german = await detected(`id;price\n${rows((i) => `${i};${i + 1}.000,5\n`)}`);
    expect(german).toMatchObject({ decimal: ',', thousands: '.' });
    const english = await detected(`id,price\n${rows((i) => `${i},"${i + 1},000.5"\n`)}`);
    expect(english).toMatchObject({ thousands: ',', signs: ['with commas between thousands'] });
    const french = await detected(`id;price\n${rows((i) => `${i};${i + 1}\u202f000,5\n`)}`);
    expect(french).toMatchObject({ decimal: ',', thousands: ' ' });
    expect(await detected(`id;price\n${rows((i) => `${i};${i + 1}'000\n`)}`)).toMatchObject({
      thousands: "'",
    });
    // No group of thousands begins with 0.
    expect(await detected(`id;z\n1;0,123\n2;-1,234\n`)).toMatchObject({ decimal: ',' });
    // Of equal length, and no codes because of their decimals.
    const equal = await detected(`id;price\n${rows((i) => `${i};1.${100 + i},25\n`)}`);
    expect(equal).toMatchObject({ decimal: ',', thousands: '.' });
    expect(await detected(`id;price\n1;1,5\n2;NA\n`)).toMatchObject({ decimal: ',' });
    expect(await detected(`id;price\n1;1,5\n`, { decimal: '.' })).toEqual(NOTHING);
  });

  test('says so if numbers can be read in two ways, and takes no code for a number', async () => {
    const open = await detected(`id;price\n${rows((i) => `${i};${i + 1},${100 + i}\n`)}`);
    expect(open.doubt).toMatch(/can be read in two ways/);
    expect((await detected(`a;b\n${rows((i) => `${i},5;${i}.25\n`)}`)).doubt).toMatch(/decimal points/);
    expect(await detected(`phone;n\n${rows((i) => `030 123 ${100 + i};1\n`)}`)).toEqual(NOTHING);
    expect(await detected(`phone;n\n${rows((i) => `555 123 ${100 + i};1\n`)}`)).toEqual(NOTHING);
    expect(await detected(`list;n\n1,2,3;1\n4,5;2\n`)).toEqual(NOTHING);
  });
});
