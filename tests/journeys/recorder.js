// Records what the audio elements of a page play, on the clock of the audio. Added to a page before
// its own scripts: `recording()` then answers the samples of both channels, in base64. `endings` has
// the addresses of what was played to its end.
(() => {
  if (!window.AudioWorkletNode) return;
  const SOURCE = `
    class Recorder extends AudioWorkletProcessor {
      constructor() {
        super();
        this.parts = [[], []];
        this.port.onmessage = () => {
          this.port.postMessage(this.parts);
          this.parts = [[], []];
        };
      }
      process([input]) {
        for (const channel of [0, 1]) {
          const samples = input[channel] ?? input[0] ?? new Float32Array(128);
          this.parts[channel].push(samples.slice());
        }
        return true;
      }
    }
    registerProcessor('recorder', Recorder);
  `;
  const context = new AudioContext();
  const module = URL.createObjectURL(new Blob([SOURCE], { type: 'text/javascript' }));
  const ready = context.audioWorklet.addModule(module).then(() => {
    const node = new AudioWorkletNode(context, 'recorder', { channelCount: 2, channelCountMode: 'explicit' });
    node.connect(context.destination);
    return node;
  });
  // Also of an element that is part of a page.
  window.record = (element) => ready.then((node) => void context.createMediaElementSource(element).connect(node));
  const Plain = window.Audio;
  window.endings = [];
  window.Audio = function (...given) {
    const element = new Plain(...given);
    element.addEventListener('ended', () => window.endings.push(element.src));
    void window.record(element);
    return element;
  };
  const encode = (parts) => {
    const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    const bytes = new Uint8Array(all.buffer);
    let text = '';
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
  };
  window.recording = async () => {
    const node = await ready;
    const parts = await new Promise((resolve) => {
      node.port.onmessage = (event) => resolve(event.data);
      node.port.postMessage('all');
    });
    return { rate: context.sampleRate, channels: parts.map(encode) };
  };
})();
