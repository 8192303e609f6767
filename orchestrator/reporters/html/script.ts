/**
 * What the page can do beyond being read: filters and search over the cases, keys, copy buttons. Plain JavaScript of
 * the browser, kept as text so that its hash in the page's policy is that of these very bytes.
 */
export const script = String.raw`'use strict';
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  // Copy buttons beside commands.
  const toast = one('.toast');
  let toastTimer;
  const say = (text) => {
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => { toast.hidden = true; }, 1800);
  };
  const copy = async (code) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      say('Copied');
    } catch {
      // A page opened from a file may not be let near the clipboard: select the text instead.
      getSelection().selectAllChildren(code);
      say('Selected: press Ctrl-C');
    }
  };
  for (const command of all('.command')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.addEventListener('click', () => copy(one('code', command)));
    command.append(button);
  }

  // A log opens at the lines that matter.
  const centre = (log) => {
    const box = one('.scroll', log);
    const hit = one('.hit', log);
    if (hit) box.scrollTop = hit.offsetTop - box.clientHeight / 3;
  };
  for (const log of all('.log')) {
    log.addEventListener('toggle', () => centre(log));
    if (log.open) centre(log);
  }

  // One cursor through all lanes of the time line.
  const timeline = one('.timeline');
  if (timeline) {
    const lanes = all('.lane', timeline).map((lane) => ({
      name: one('p', lane).firstChild && one('p', lane).firstChild.textContent,
      paths: all('path', lane).map((path) => ({ name: path.dataset.name, values: path.dataset.values.split('|') })),
    }));
    const cursor = document.createElement('div');
    const reading = document.createElement('div');
    cursor.className = 'cursor';
    cursor.hidden = true;
    cursor.append(reading);
    timeline.append(cursor);
    const read = (share) => {
      const seconds = Math.floor((share * timeline.dataset.duration) / 1000);
      const told = lanes.flatMap(({ name, paths }) => {
        const values = paths.map((path) => [path.name, path.values[Math.floor(share * path.values.length)]]).filter(([, value]) => value);
        return values.length === 0 ? [] : [name, ...values.map((pair) => '  ' + pair.join('  '))];
      });
      return [Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0'), ...told].join('\n');
    };
    timeline.addEventListener('pointermove', (event) => {
      const box = one('.steps', timeline).getBoundingClientRect();
      const share = (event.clientX - box.left) / box.width;
      cursor.hidden = share < 0 || share >= 1;
      if (cursor.hidden) return;
      reading.textContent = read(share);
      reading.className = share > 0.6 ? 'reading left' : 'reading';
      // Positions go through the object model, which the page's policy allows; a style attribute it would refuse.
      cursor.style.left = event.clientX - timeline.getBoundingClientRect().left + 'px';
    });
    timeline.addEventListener('pointerleave', () => { cursor.hidden = true; });
  }

  // Filters: verdict by chip, suite and backend by the matrix, text by search.
  const form = one('.filter');
  const tables = all('.cases').map((table) => ({
    table,
    suite: table.dataset.suite,
    columns: all('th[data-backend]', table).map((th) => th.dataset.backend),
    rows: all('tbody tr', table).map((row) => ({ row, cells: [...row.cells].slice(2), text: '' })),
  }));
  const state = { text: '', verdict: '', suite: '', backend: '' };
  const matches = ({ suite, columns }, entry) => {
    if (state.suite && suite !== state.suite) return false;
    if (state.text && !(entry.text ||= entry.row.textContent.toLowerCase()).includes(state.text)) return false;
    return entry.cells.some((cell, index) =>
      cell.className && (!state.verdict || cell.className === state.verdict) && (!state.backend || columns[index] === state.backend));
  };
  const apply = () => {
    let shown = 0;
    for (const group of tables) {
      let inGroup = 0;
      for (const entry of group.rows) {
        const visible = matches(group, entry);
        entry.row.hidden = !visible;
        if (visible) inGroup += 1;
      }
      group.table.hidden = inGroup === 0;
      group.table.dataset.only = state.backend ? String(group.columns.indexOf(state.backend) + 3) : '';
      shown += inGroup;
    }
    const total = tables.reduce((sum, { rows }) => sum + rows.length, 0);
    one('#shown').textContent = shown === total ? total.toLocaleString('en') + ' claims' : shown.toLocaleString('en') + ' of ' + total.toLocaleString('en') + ' claims';
    one('.none').hidden = shown > 0;
    one('.only').hidden = !state.suite;
    one('.only span').textContent = state.suite + ' on ' + state.backend;
    for (const chip of all('.chips button')) chip.setAttribute('aria-pressed', String(chip.dataset.verdict === state.verdict));
  };
  const search = form && one('input', form);
  if (form) {
    form.hidden = false;
    form.addEventListener('submit', (event) => event.preventDefault());
    let pending;
    search.addEventListener('input', () => {
      cancelAnimationFrame(pending);
      pending = requestAnimationFrame(() => { state.text = search.value.trim().toLowerCase(); apply(); });
    });
    one('.chips', form).addEventListener('click', (event) => {
      const chip = event.target.closest('button');
      if (!chip) return;
      state.verdict = state.verdict === chip.dataset.verdict ? '' : chip.dataset.verdict;
      apply();
    });
    one('.only button', form).addEventListener('click', () => { location.hash = '#cases'; });
    apply();
  }
  const reset = () => {
    Object.assign(state, { text: '', verdict: '', suite: '', backend: '' });
    if (search) search.value = '';
    if (form) apply();
  };

  // The fragment: #show:suite/backend filters, an anchor inside something folded or filtered away reveals it.
  const follow = () => {
    let fragment = location.hash.slice(1);
    try { fragment = decodeURIComponent(fragment); } catch { /* A fragment that is no encoded text stands for itself. */ }
    const filter = /^show:([^/]+)\/(.+)$/.exec(fragment);
    if (filter) {
      Object.assign(state, { suite: filter[1], backend: filter[2] });
      apply();
      one('#cases').scrollIntoView();
      return;
    }
    if (fragment === 'cases' && state.suite) { state.suite = ''; state.backend = ''; apply(); }
    const target = fragment && document.getElementById(fragment);
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === 'DETAILS') at.open = true;
      if (at.hidden) reset();
    }
    target.scrollIntoView({ block: target.tagName === 'TD' ? 'center' : 'start' });
  };
  addEventListener('hashchange', follow);
  // A filter that was cleared and is clicked again changes no fragment.
  document.addEventListener('click', (event) => {
    const link = event.target.closest && event.target.closest('a[href^="#"]');
    if (link && link.getAttribute('href') === location.hash) follow();
  });
  if (location.hash) follow();

  // Keys: j and k step through the findings, then the cases; / searches; Escape clears.
  let here = null;
  const stops = () => all('.card, .cases tbody tr').filter((stop) => !stop.hidden && !(stop.closest('table') || {}).hidden);
  const step = (by) => {
    const list = stops();
    if (list.length === 0) return;
    let next = list.indexOf(here) + by;
    if (!here || !list.includes(here)) {
      const below = list.findIndex((stop) => stop.getBoundingClientRect().top > 60);
      next = below === -1 ? list.length - 1 : by > 0 ? below : below - 1;
    }
    if (here) here.classList.remove('here');
    here = list[Math.max(0, Math.min(list.length - 1, next))];
    here.classList.add('here');
    here.scrollIntoView({ block: here.tagName === 'TR' ? 'center' : 'start' });
  };
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest && event.target.closest('input');
    if (event.key === 'Escape') { reset(); if (typing) search.blur(); return; }
    if (typing) return;
    if (event.key === 'j') step(1);
    else if (event.key === 'k') step(-1);
    else if (event.key === '/' && search) { event.preventDefault(); search.focus(); search.select(); }
  });

  // On paper nothing is folded.
  addEventListener('beforeprint', () => { for (const details of all('details')) details.open = true; });
})();
`;
