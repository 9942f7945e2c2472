/** Every link between the pages leads somewhere, and every page can be found from docs/README.md. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from '@jest/globals';

const PAGES = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  encoding: 'utf8',
})
  .stdout.split('\n')
  .filter((path) => path !== '' && !path.startsWith('test/'));

const withoutCode = (path: string) =>
  readFileSync(path, 'utf8')
    .replaceAll(/^```[\s\S]*?^\s*```/gm, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '');

/** As GitHub makes them of headings. */
function anchorsOf(path: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = [...withoutCode(path).matchAll(/^#{1,6} (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
  return new Set(
    headings.map((anchor) => {
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    }),
  );
}

function linksOf(path: string): { readonly to: string; readonly anchor: string }[] {
  const targets = [...withoutCode(path).matchAll(/\]\(([^)\s]+)\)|<img [^>]*src="([^"]+)"/g)];
  return targets
    .map(([, link, image]) => link ?? image ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor = ''] = target.split('#');
      return { to: file === '' ? path : relative('.', join(dirname(path), file)), anchor };
    });
}

test.each(PAGES)('%s: every link leads somewhere', (path) => {
  const broken = linksOf(path).filter(({ to, anchor }) => {
    if (to !== '' && !existsSync(to)) return true;
    return anchor !== '' && to.endsWith('.md') && !anchorsOf(to).has(anchor);
  });
  expect(broken).toEqual([]);
});

test('docs/README.md leads to every page of docs', () => {
  const found = linksOf('docs/README.md').map(({ to }) => to);
  const pages = PAGES.filter((path) => /^docs\/[^/]+\.md$/.test(path) && path !== 'docs/README.md');
  expect(pages.filter((page) => !found.includes(page))).toEqual([]);
  expect(statSync('docs/README.md').isFile()).toBe(true);
});
