// A program that is run as an ordinary user: a container from its start to its end, told as one line of JSON.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, geteuid } from 'node:process';
import { busyboxLayer, runImageOf } from './engine-images.ts';
import { TestIo, specOf } from './engine-runs.ts';
import { linuxFixture } from './linux-engines.ts';

const SCRIPT =
  'id -u; echo again > /dev/stdout; touch /own; chown 65534 /own; rm /bin/wget; mkdir -m 0 /closed; echo x > /tmp/file';

const folder = mkdtempSync(join(tmpdir(), 'phyllo-image-'));
const fixture = await linuxFixture(argv[2] as 'runc');
try {
  const image = await runImageOf(folder, [await busyboxLayer()], { config: { Env: ['PATH=/bin'] } });
  const { engine, root } = fixture;
  const id = await engine.create(specOf(image, { command: ['sh', '-c', SCRIPT] }));
  const io = new TestIo();
  const session = await engine.startAttached(id, io);
  const end = await session.ended;
  const paths: string[] = [];
  for await (const { tree } of engine.changes(id))
    for (let node = 1; node < tree.count; node++) paths.push(Buffer.from(tree.pathBytes(node)).toString());
  const [{ status, exitCode } = { status: 'absent', exitCode: -1 }] = await engine.list();
  await engine.remove(id);
  const left = existsSync(join(root, 'containers', id));
  const mounts = execFileSync('cat', ['/proc/self/mountinfo'], { encoding: 'utf8' }).includes(id);
  const told = {
    uid: geteuid?.(),
    end,
    stdout: io.stdoutText,
    stderr: io.stderrText,
    paths,
    status,
    exitCode,
  };
  console.log(JSON.stringify({ ...told, left, mounts }));
} finally {
  await fixture.close();
  rmSync(folder, { recursive: true, force: true });
}
