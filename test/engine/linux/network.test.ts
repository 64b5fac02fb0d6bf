// A private network with a way out, and the files that tell of names.
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { getuid } from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { networkFiles } from '../../../src/engine/linux/network-files.ts';
import { RuntimeHarness, type RuntimeJob } from '../../support/runtime-harness.ts';
import { needTool } from '../../support/tools.ts';

const isRoot = getuid?.() === 0;
const machine = {
  hosts: '127.0.0.1 localhost\n10.1.2.3 build\n',
  resolvConf: '# by hand\nnameserver 127.0.0.53\nnameserver 10.0.0.1\nsearch corp.example\noptions edns0\n',
};

function mayTunnel(): boolean {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

describe('the files about names', () => {
  const facts = { hostname: 'box', nameserver: undefined, machine } as const;

  test('leave out name servers that listen on the loopback of the machine', () => {
    const { resolvConf } = networkFiles({ ...facts, mode: 'none' });
    expect(resolvConf).toBe('nameserver 10.0.0.1\nsearch corp.example\noptions edns0\n');
  });

  test('have the name server of the way out in place of all others', () => {
    const { resolvConf } = networkFiles({ ...facts, mode: 'private', nameserver: '10.0.2.3' });
    expect(resolvConf).toBe('nameserver 10.0.2.3\nsearch corp.example\noptions edns0\n');
  });

  test('are those of the machine on its own network, with the name of the container', () => {
    const { hosts, resolvConf } = networkFiles({ ...facts, mode: 'host' });
    expect(hosts).toBe(`${machine.hosts}127.0.1.1\tbox\n`);
    expect(resolvConf).toBe(machine.resolvConf);
  });
});

describe.runIf(isRoot && mayTunnel() && needTool('crun', 'unshare', 'busybox', 'slirp4netns', 'pasta'))(
  'a way out',
  () => {
    let harness: RuntimeHarness;
    const servers: Server[] = [];
    beforeEach(() => {
      harness = new RuntimeHarness();
    });
    afterEach(() => {
      harness.remove();
      for (const server of servers.splice(0)) server.close();
    });

    async function serve(host: string): Promise<number> {
      const server = createServer((socket) => socket.end('from outside\n'));
      servers.push(server.listen(0, host));
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    }

    async function run(tool: 'pasta' | 'slirp4netns', rootless: boolean, script: string): Promise<string> {
      const { main } = await harness.run('crun' satisfies RuntimeJob['runtime'], rootless, {
        argv: ['sh', '-c', script],
        network: 'private',
        outbound: [{ name: tool, program: tool }],
      });
      return main.stdout;
    }

    test.each([
      ['pasta', false, '169.254.1.1'],
      ['pasta', true, '169.254.1.1'],
      ['slirp4netns', false, '10.0.2.3'],
      ['slirp4netns', true, '10.0.2.3'],
    ] as const)(
      'through %s (rootless: %s) is there before the process',
      async (tool, rootless, nameserver) => {
        const out = await run(tool, rootless, 'ip -o -4 addr; ip route; cat /etc/resolv.conf');
        expect(out).toMatch(/ lo +inet 127\.0\.0\.1/);
        expect(out).toContain('default via ');
        expect(out).toContain(`nameserver ${nameserver}\n`);
      },
    );

    test('reaches what listens on the network of the machine, and not what listens on its loopback', async () => {
      const outside = Object.values(networkInterfaces())
        .flatMap((all) => all ?? [])
        .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
      const [open, local] = [await serve(outside ?? '0.0.0.0'), await serve('127.0.0.1')];
      const ask = (address: string, port: number): string =>
        `nc -w 2 ${address} ${port} </dev/null 2>/dev/null`;
      const script = `${ask(outside ?? '10.0.2.2', open)}; ${ask('10.0.2.2', local)}; ${ask('127.0.0.1', local)}; true`;
      expect(await run('slirp4netns', false, script)).toBe('from outside\n');
    });
  },
);
