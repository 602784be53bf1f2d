// Code and tables that are wider than the screen scroll: let the keyboard reach them, to scroll them
// too (WCAG 2.1.1).
// Material does so for code only, and only where a mouse is.
const FRAME = ".md-typeset__scrollwrap, pre > code";
// After Material, which removes its tabindex.
const watcher = new ResizeObserver((seen) => setTimeout(() => {
  for (const { target } of seen) {
    const frame = target.closest(FRAME);
    if (!frame) continue;
    if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
    if (target !== frame) watcher.observe(frame);
  }
}));

document$.subscribe(() => {
  const wide = document.querySelectorAll(".md-typeset :is(table, pre > code)");
  for (const one of wide) watcher.observe(one);
});
