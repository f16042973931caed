import { expect, test } from 'vitest';
import { type Place, SharedQueue } from './shared';

/** One server and its devices: each change has a version, which all devices hear of. */
class Server {
  version = 0;
  saves = 0;
  readonly devices: Device[] = [];

  save(version: number | null): number | null {
    if (version !== null && version !== this.version) return null;
    this.saves++;
    return ++this.version;
  }

  announce(): void {
    for (const device of this.devices) device.shared.saw(this.version);
  }
}

class Device {
  time = 0;
  position_ms = 0;
  isPlaying = false;
  changes = 0;
  trackIds = ['a', 'b'];
  readonly shared: SharedQueue;

  constructor(server: Server) {
    server.devices.push(this);
    this.shared = new SharedQueue({
      read: () => ({ trackIds: this.trackIds, place: { current_index: 0, position_ms: this.position_ms } }),
      saveQueue: (_: string[], __: Place, version) => Promise.resolve(server.save(version)),
      savePlace: (_: Place, version) => Promise.resolve(server.save(version)),
      lost: () => (this.isPlaying = false),
      changed: () => void this.changes++,
      now: () => this.time,
    });
  }

  play(): void {
    this.isPlaying = true;
    this.shared.take();
  }

  async pass(seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      this.time += 1000;
      if (this.isPlaying) this.position_ms += 1000;
      await this.shared.tick(this.isPlaying);
    }
  }
}

function start(count: number): [Server, Device[]] {
  const server = new Server();
  return [server, Array.from({ length: count }, () => new Device(server))];
}

test('while it plays, the position is saved every ten seconds', async () => {
  const [server, [phone]] = start(1);
  phone?.play();
  await phone?.pass(60);
  expect(server.saves).toBeLessThanOrEqual(7);
  expect(server.saves).toBeGreaterThanOrEqual(6);
});

test('what changes faster is saved every two seconds at most', async () => {
  const [server, [phone]] = start(1);
  phone?.play();
  for (let i = 0; i < 20; i++) {
    phone?.trackIds.push(String(i));
    await phone?.pass(1);
  }
  expect(server.saves).toBeLessThanOrEqual(11);
});

test('who did not play saves nothing', async () => {
  const [server, [phone]] = start(1);
  await phone?.pass(30);
  expect(server.saves).toBe(0);
});

test('a device that takes over pauses the other, which saves nothing any more', async () => {
  const [server, devices] = start(2);
  const [phone, desk] = devices as [Device, Device];
  phone.play();
  await phone.pass(3);
  server.announce();
  expect([phone.isPlaying, desk.changes]).toEqual([true, 1]);
  desk.play();
  await desk.pass(3);
  server.announce();
  expect([phone.isPlaying, desk.isPlaying]).toEqual([false, true]);
  const { saves } = server;
  await phone.pass(60);
  expect(server.saves).toBe(saves);
  await desk.pass(60);
  server.announce();
  expect([phone.isPlaying, desk.isPlaying]).toEqual([false, true]);
});

test('a device that heard nothing of it is refused, and pauses', async () => {
  const [, devices] = start(2);
  const [phone, desk] = devices as [Device, Device];
  phone.play();
  await phone.pass(3);
  desk.play();
  await desk.pass(3);
  await phone.pass(30);
  expect([phone.isPlaying, desk.isPlaying]).toEqual([false, true]);
});

test('of two that are started together, one plays on', async () => {
  const [server, devices] = start(2);
  const [phone, desk] = devices as [Device, Device];
  phone.play();
  desk.play();
  await Promise.all([phone.pass(3), desk.pass(3)]);
  server.announce();
  for (let i = 0; i < 20; i++) {
    await Promise.all([phone.pass(1), desk.pass(1)]);
    server.announce();
  }
  expect([phone.isPlaying, desk.isPlaying].filter(Boolean)).toHaveLength(1);
});
