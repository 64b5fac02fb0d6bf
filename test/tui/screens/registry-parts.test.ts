// The small pieces of the registry screens.
import { describe, expect, test } from 'vitest';
import type { TagSummary } from '../../../src/app/registry-services.ts';
import { PhylloError } from '../../../src/lib/errors.ts';
import type { Digest } from '../../../src/oci/digest.ts';
import { parsePullLine } from '../../../src/tui/screens/pull-line.ts';
import { registryPlace } from '../../../src/tui/screens/registry/registry-place.ts';
import { TagFacts } from '../../../src/tui/screens/registry/tag-facts.ts';
import { moveQuestion } from '../../../src/tui/screens/tag-move.ts';

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}` as Digest;

describe('what is asked for', () => {
  test.each([
    ['localhost', { kind: 'host', host: 'localhost' }],
    ['localhost:5000', { kind: 'host', host: 'localhost:5000' }],
    ['127.0.0.1:5000', { kind: 'host', host: '127.0.0.1:5000' }],
    ['[::1]:5000', { kind: 'host', host: '[::1]:5000' }],
    ['ghcr.io', { kind: 'host', host: 'ghcr.io' }],
    ['ghcr.io/', { kind: 'host', host: 'ghcr.io' }],
    ['https://ghcr.io/', { kind: 'host', host: 'ghcr.io' }],
    ['registry/', { kind: 'host', host: 'registry' }],
    ['nginx', { kind: 'repository', repository: 'nginx', host: 'docker.io' }],
    ['nginx:1.27', { kind: 'repository', repository: 'nginx', host: 'docker.io' }],
    ['docker://ghcr.io/a/b:1', { kind: 'repository', repository: 'ghcr.io/a/b', host: 'ghcr.io' }],
    [
      '127.0.0.1:5000/team/app',
      { kind: 'repository', repository: '127.0.0.1:5000/team/app', host: '127.0.0.1:5000' },
    ],
  ])('%s is %o', (text, place) => {
    expect(registryPlace(text)).toEqual(place);
  });

  test.each(['', 'UPPER', 'a b'])('%j is nothing of the kind', (text) => {
    expect(() => registryPlace(text)).toThrow(expect.objectContaining({ code: 'invalid-reference' }));
  });
});

describe('the line of a pull', () => {
  test.each([
    ['nginx', { name: 'nginx' }],
    ['docker://nginx:1', { name: 'nginx:1' }],
    ['-a nginx', { name: 'nginx', allTags: true }],
    ['--platform linux/arm64 nginx', { name: 'nginx', platform: { os: 'linux', architecture: 'arm64' } }],
    ['nginx --platform=s390x', { name: 'nginx', platform: { os: 'linux', architecture: 's390x' } }],
  ])('%s', (line, request) => {
    expect(parsePullLine(line)).toEqual(request);
  });

  test.each(['', 'a b', '--quiet a', '--platform', '"a'])('%j is refused', (line) => {
    expect(() => parsePullLine(line)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('a name that moves', () => {
  const from = {
    id: digest('a'),
    layers: [{ diffID: digest('1') }, { diffID: digest('2') }, { diffID: digest('3') }],
  };
  const to = { id: digest('b'), layers: [{ diffID: digest('1') }, { diffID: digest('4') }] };

  test('tells both images, what they share, and that nothing is left of the old name', () => {
    expect(moveQuestion('web', { ...from, names: ['web:latest'] }, to)).toBe(
      'web:latest is aaaaaaaaaaaa (3 layers) now and would be bbbbbbbbbbbb (2 layers); ' +
        'they share 1 layer, 2 of the old one would go and 1 come. ' +
        'aaaaaaaaaaaa has no name left then. Move the name?',
    );
  });

  test('tells the other names of the old image', () => {
    const question = moveQuestion('web:1', { ...from, names: ['web:1', 'web:old'] }, to);
    expect(question).toContain('aaaaaaaaaaaa keeps web:old.');
  });
});

describe('what tags point to', () => {
  interface Asked {
    readonly tag: string;
    readonly signal: AbortSignal;
    readonly answer: (error?: Error) => Promise<void>;
  }

  const summaryOf = (tag: string): TagSummary => ({
    name: tag,
    digest: digest('a'),
    platforms: [],
    image: undefined,
  });

  function factsOf(): { facts: TagFacts; asked: Asked[] } {
    const asked: Asked[] = [];
    const ask = (tag: string, signal: AbortSignal): Promise<TagSummary> => {
      const { promise, resolve, reject } = Promise.withResolvers<TagSummary>();
      const answer = async (error?: Error): Promise<void> => {
        if (error) reject(error);
        else resolve(summaryOf(tag));
        await promise.catch(() => undefined);
        await Promise.resolve();
      };
      asked.push({ tag, signal, answer });
      return promise;
    };
    return { facts: new TagFacts({ ask, onChange: () => {} }), asked };
  }

  const tags = (count: number): string[] => Array.from({ length: count }, (_, at) => `t${at}`);
  const names = (asked: readonly Asked[]): string[] => asked.map(({ tag }) => tag);

  test('is asked for four at a time; what was scrolled past is not', async () => {
    const { facts, asked } = factsOf();
    facts.want(tags(30));
    expect(names(asked)).toEqual(['t0', 't1', 't2', 't3']);
    facts.want(['t20', 't21']);
    expect(asked).toHaveLength(4);
    await asked[0]!.answer();
    await asked[1]!.answer();
    await asked[2]!.answer();
    expect(names(asked).slice(4)).toEqual(['t20', 't21']);
    expect(facts.get('t0')).toEqual({ kind: 'known', summary: summaryOf('t0') });
    expect(facts.get('t9')).toEqual({ kind: 'waiting' });
  });

  test('is asked for once, and again only after a failure was forgotten', async () => {
    const { facts, asked } = factsOf();
    facts.want(['a', 'b']);
    facts.want(['a', 'b']);
    await asked[0]!.answer(new PhylloError('unauthorized', 'read manifest a: 401'));
    await asked[1]!.answer();
    facts.want(['a', 'b']);
    expect(asked).toHaveLength(2);
    expect(facts.get('a').kind).toBe('failed');
    facts.forgetFailed();
    facts.want(['a', 'b']);
    expect(names(asked)).toEqual(['a', 'b', 'a']);
  });

  test('is not asked for any more when the screen is closed', async () => {
    const { facts, asked } = factsOf();
    facts.want(tags(9));
    facts.close();
    expect(asked.every(({ signal }) => signal.aborted)).toBe(true);
    await asked[0]!.answer();
    expect(asked).toHaveLength(4);
  });
});
