/**
 * Sends a microphone of this device to the server by WHIP (RFC 9725).
 *
 * The stream key is the token of these requests, and no cookie is sent with them.
 */

export type MicrophonePhase = 'off' | 'asking' | 'connecting' | 'onAir' | 'lost';
export type MicrophoneProblem = 'insecure' | 'denied' | 'missing' | 'busy' | 'inUse' | 'refused' | 'tooMany' | 'unreachable' | 'failed';

const CONNECT_MS = 12_000;
/** How long a connection may be interrupted before it counts as lost. */
const INTERRUPTED_MS = 6000;
const METER_MS = 100;
/** What the meter shows as silence, in dBFS. */
const FLOOR_DB = -60;

/** Return the problem that a refusal of the server is. */
export function problemOfRefusal(status: number, code: string | null): MicrophoneProblem {
  if (code === 'already_publishing') return 'inUse';
  if (status === 401 || status === 403) return 'refused';
  if (status === 429) return 'tooMany';
  return status >= 500 ? 'unreachable' : 'failed';
}

/** Return the problem that an error of the browser is, when it is asked for a microphone. */
export function problemOfDevice(name: string): MicrophoneProblem {
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'failed';
}

/** Return how much of the meter samples between -1 and 1 fill, from 0 to 1, by their level in decibels. */
export function levelOf(samples: Float32Array): number {
  const sum = samples.reduce((total, each) => total + each * each, 0);
  if (sum === 0) return 0;
  const decibels = 10 * Math.log10(sum / samples.length);
  return Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
}

class Refused extends Error {
  constructor(readonly problem: MicrophoneProblem) {
    super(problem);
  }
}

export class LiveMicrophone {
  phase = $state<MicrophonePhase>('off');
  problem = $state<MicrophoneProblem | null>(null);
  devices = $state.raw<MediaDeviceInfo[]>([]);
  deviceId = $state('');
  isMuted = $state(false);
  /** Whether the browser cleans up speech, which spoils music. */
  isSpeech = $state(false);
  level = $state(0);

  #stream: MediaStream | null = null;
  #peer: RTCPeerConnection | null = null;
  #session: string | null = null;
  #key = '';
  #path = '';
  #meter: { context: AudioContext; timer: number } | null = null;
  #timer: number | undefined;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Ask for the microphone, and go live with it. */
  async start(url: string, key: string): Promise<void> {
    if (this.phase !== 'off') return;
    this.#path = new URL(url, location.href).pathname;
    this.#key = key;
    this.problem = null;
    this.phase = 'asking';
    // Browsers hide their microphones from pages that are not encrypted.
    if (!('mediaDevices' in navigator)) {
      this.#fail('insecure');
      return;
    }
    try {
      const stream = await this.#open();
      // It was ended meanwhile.
      if ((this.phase as MicrophonePhase) !== 'asking') {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.#take(stream);
    } catch (error) {
      this.#fail(problemOfDevice(error instanceof DOMException ? error.name : ''));
      return;
    }
    await this.reconnect();
  }

  /** Connect with the microphone that is open already. */
  async reconnect(): Promise<void> {
    if (!this.#stream) return;
    this.problem = null;
    this.phase = 'connecting';
    try {
      await this.#connect(this.#stream);
    } catch (error) {
      this.#lose(error instanceof Refused ? error.problem : 'unreachable');
    }
  }

  mute(isMuted: boolean): void {
    this.isMuted = isMuted;
    for (const track of this.#stream?.getAudioTracks() ?? []) track.enabled = !isMuted;
  }

  /** Hang up, and close the microphone. */
  end(): void {
    this.#hangUp();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    if (this.#meter) {
      clearInterval(this.#meter.timer);
      void this.#meter.context.close();
      this.#meter = null;
    }
    this.level = 0;
    this.isMuted = false;
    if (this.phase === 'off') return;
    this.phase = 'off';
    this.#changed();
  }

  async #open(): Promise<MediaStream> {
    const cleans = this.isSpeech;
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: {
        ...(this.deviceId && { deviceId: { exact: this.deviceId } }),
        channelCount: { ideal: 2 },
        echoCancellation: cleans,
        noiseSuppression: cleans,
        autoGainControl: cleans,
      },
    });
    // Before that, browsers don't name them.
    this.devices = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'audioinput');
    return stream;
  }

  #take(stream: MediaStream): void {
    this.#stream = stream;
    const [track] = stream.getAudioTracks();
    track?.addEventListener('ended', () => {
      this.end();
      this.problem = 'missing';
    });
    const context = new AudioContext();
    // It waits where the browser has forgotten the press of the button meanwhile.
    void context.resume();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = window.setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.level = this.isMuted ? 0 : levelOf(samples);
    }, METER_MS);
    this.#meter = { context, timer };
  }

  async #connect(stream: MediaStream): Promise<void> {
    const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.#peer = peer;
    const [track] = stream.getAudioTracks();
    if (!track) throw new Refused('missing');
    const { sender } = peer.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
    await peer.setLocalDescription();
    const answer = await this.#offer(peer.localDescription?.sdp ?? '');
    // It was ended meanwhile.
    if (this.#peer !== peer) {
      this.#hangUp();
      return;
    }
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    this.#expect(CONNECT_MS);
    peer.addEventListener('connectionstatechange', () => this.#follow(peer));
    sender.transport?.addEventListener('statechange', () => {
      if (this.#peer === peer && sender.transport?.state === 'closed') this.#lose(null);
    });
    this.#follow(peer);
  }

  async #offer(sdp: string): Promise<string> {
    const response = await this.#ask(this.#path, 'POST', sdp);
    if (!response.ok) {
      const told = (await response.json().catch(() => null)) as { code?: string } | null;
      throw new Refused(problemOfRefusal(response.status, told?.code ?? null));
    }
    this.#session = new URL(response.headers.get('location') ?? '', location.href).pathname;
    return response.text();
  }

  #ask(path: string, method: string, sdp: string | null = null): Promise<Response> {
    const headers = { Authorization: `Bearer ${this.#key}`, ...(sdp !== null && { 'Content-Type': 'application/sdp' }) };
    // Also while the page is left.
    return fetch(path, { method, headers, body: sdp, credentials: 'omit', keepalive: method === 'DELETE' });
  }

  #follow(peer: RTCPeerConnection): void {
    if (this.#peer !== peer) return;
    const state = peer.connectionState;
    if (state === 'connected') {
      clearTimeout(this.#timer);
      this.phase = 'onAir';
      this.#changed();
    } else if (state === 'disconnected') {
      this.#expect(INTERRUPTED_MS);
    } else if (state === 'failed' || state === 'closed') {
      this.#lose(this.phase === 'connecting' ? 'unreachable' : null);
    }
  }

  /** Give a connection some time to be there, or there again. */
  #expect(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#lose(this.phase === 'connecting' ? 'unreachable' : null), milliseconds);
  }

  #lose(problem: MicrophoneProblem | null): void {
    this.#hangUp();
    if (!this.#stream) return;
    this.problem = problem;
    this.phase = 'lost';
    this.#changed();
  }

  #fail(problem: MicrophoneProblem): void {
    this.phase = 'off';
    this.problem = problem;
  }

  #hangUp(): void {
    clearTimeout(this.#timer);
    const session = this.#session;
    this.#session = null;
    this.#peer?.close();
    this.#peer = null;
    // One that is over already is refused, and one that is not reached ends by itself.
    if (session) this.#ask(session, 'DELETE').catch(() => undefined);
  }
}
