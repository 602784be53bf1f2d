// A table that is wider than the screen scrolls: let the keyboard reach it, so that it can scroll it too (WCAG 2.1.1).
const watcher = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    const frame = target.closest(".md-typeset__scrollwrap");
    if (!frame) continue;
    if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
    if (target !== frame) watcher.observe(frame);
  }
});

document$.subscribe(() => {
  for (const table of document.querySelectorAll(".md-typeset table")) watcher.observe(table);
});
