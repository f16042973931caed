// Runs before the scripts of a page, and notes what was painted when: see `phone.py`.
(() => {
  if (location.protocol === 'about:') return;
  const found = { lcp: 0, fcp: 0, blocked: 0, shift: 0, largest: '', sizes: {} };
  const tasks = [];
  let last = 0;
  const observe = (type, note) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });

  observe('paint', (entry) => {
    if (entry.name === 'first-contentful-paint') found.fcp = entry.startTime;
  });
  observe('largest-contentful-paint', (entry) => {
    found.lcp = entry.startTime;
    const { element } = entry;
    found.largest = element ? `${element.tagName.toLowerCase()}.${element.className} ${entry.size}` : '';
  });
  observe('layout-shift', (entry) => {
    if (!entry.hadRecentInput) found.shift += entry.value;
  });
  observe('longtask', (entry) => {
    tasks.push(entry);
    last = Math.max(last, entry.startTime + entry.duration);
  });
  observe('resource', (entry) => {
    last = Math.max(last, entry.responseEnd);
  });

  const kindOf = ({ initiatorType, name }) => {
    const path = new URL(name).pathname;
    if (/\.js$/.test(path)) return 'script';
    if (/\.css$/.test(path)) return 'style';
    if (/\.woff2$/.test(path)) return 'font';
    if (/\.(svg|png|webp|avif)$|\/(cover|avatar|banner)$|\/images\//.test(path)) return 'image';
    if (initiatorType === 'img') return 'image';
    return path.startsWith('/api/') ? 'data' : 'other';
  };

  globalThis.measured = {
    isQuiet: (ms) => document.readyState === 'complete' && performance.now() - last > ms,
    read() {
      const [page] = performance.getEntriesByType('navigation');
      const sizes = { page: page.transferSize };
      for (const entry of performance.getEntriesByType('resource')) {
        const kind = kindOf(entry);
        sizes[kind] = (sizes[kind] ?? 0) + entry.transferSize;
      }
      const blocked = tasks
        .filter((task) => task.startTime + task.duration > found.fcp)
        .map((task) => Math.max(0, task.startTime + task.duration - Math.max(task.startTime, found.fcp) - 50));
      return { ...found, blocked: blocked.reduce((sum, each) => sum + each, 0), sizes };
    },
  };
})();
