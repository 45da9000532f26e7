"use strict";
/* Marks what differs between two texts, word by word. Texts reach the page by textContent only. */
const differences = (() => {
  const WORDS = /[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\s+|[\p{L}\p{N}_]+|[^]/gu; // scripts without spaces: by character
  const MOST = 4e6; // cells of the table below: 16 MB, some 20 ms

  function split(text) { return text.match(WORDS) || []; }

  /* [[kept, part], ...] for each text: the longest common sequence of words is kept. */
  function compare(left, right) {
    const a = split(left), b = split(right);
    let head = 0, tail = 0;
    while (head < a.length && head < b.length && a[head] === b[head]) head++;
    while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
    const n = a.length - head - tail, m = b.length - head - tail;
    const keepA = new Uint8Array(n), keepB = new Uint8Array(m);
    if (n && m && (n + 1) * (m + 1) <= MOST) common(a, b, head, n, m, keepA, keepB);
    return [parts(a, head, n, keepA), parts(b, head, m, keepB)];
  }

  function common(a, b, head, n, m, keepA, keepB) {
    const width = m + 1, best = new Uint16Array((n + 1) * width);
    for (let i = n - 1; i >= 0; i--)
      for (let j = m - 1; j >= 0; j--)
        best[i * width + j] = a[head + i] === b[head + j] ? best[(i + 1) * width + j + 1] + 1
          : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
    for (let i = 0, j = 0; i < n && j < m;) {
      if (a[head + i] === b[head + j]) { keepA[i++] = 1; keepB[j++] = 1; }
      else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i++; else j++;
    }
  }

  function parts(words, head, n, keep) {
    const found = [];
    words.forEach((word, at) => {
      const kept = at < head || at >= head + n || keep[at - head] === 1, last = found[found.length - 1];
      if (last && last[0] === kept) last[1] += word; else found.push([kept, word]);
    });
    return found;
  }

  function fill(element, found) {
    element.replaceChildren(...found.map(([kept, text]) => {
      if (kept) return document.createTextNode(text);
      const mark = document.createElement("mark");
      mark.textContent = text;
      return mark;
    }));
  }

  /* Show two texts in two elements, what differs marked; nothing is marked where one of them is empty. */
  function show(one, other, left, right) {
    const empty = !left || !right;
    const [a, b] = empty ? [[[true, left]], [[true, right]]] : compare(left, right);
    fill(one, a); fill(other, b);
  }
  return { compare, show };
})();
