// How <teams-conversation> looks: its style sheet, in the colors of light and dark.
export const STYLE = `
  :host {
    display: block;
    --ink: light-dark(#22252b, #eceef2);
    --quiet: light-dark(#5a606c, #a9b0bd);
    --line: light-dark(#dcdfe5, #3a3f4a);
    --ground: light-dark(#f5f6f8, #17191e);
    --surface: light-dark(#ffffff, #23262d);
    --mine: light-dark(#e2eafd, #2a3a63);
    --accent: light-dark(#2f52b8, #a8bdff);
    --good: light-dark(#1a6b35, #7fd39a);
    --warning: light-dark(#7d4f00, #f0c063);
    --attention: light-dark(#ad2318, #ff9d94);
    font: 0.9em/1.45 "Segoe UI Variable Text", "Segoe UI", system-ui, sans-serif;
    color: var(--ink);
    background: var(--ground);
    border: 1px solid var(--line);
    border-radius: 8px;
    overflow: hidden;
  }
  :host([live]) { border: 0; border-radius: 0; overflow: visible; background: none; }
  * { box-sizing: border-box; }
  header {
    padding: 0.6em 1em; border-bottom: 1px solid var(--line); background: var(--surface);
    font-weight: 600;
  }
  ol {
    list-style: none; margin: 0; padding: 1em; display: flex; flex-direction: column;
    gap: 0.85em;
  }
  .message { display: grid; grid-template-columns: 2.3em minmax(0, 1fr); gap: 0 0.65em; }
  .again { margin-top: -0.55em; }
  .face {
    grid-row: span 2; width: 2.3em; height: 2.3em; border-radius: 50%; display: grid;
    place-items: center; user-select: none;
    background: light-dark(hsl(var(--hue) 55% 88%), hsl(var(--hue) 30% 30%));
    color: light-dark(hsl(var(--hue) 70% 25%), hsl(var(--hue) 75% 90%));
  }
  .face span { font-size: 0.78em; font-weight: 700; letter-spacing: 0.02em; }
  .face.bot { border-radius: 30%; background: var(--accent); color: var(--surface); }
  .head {
    display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.55em; min-height: 1.4em;
    margin-bottom: 0.15em;
  }
  .who { font-weight: 600; }
  .app, time, .mark, .note { color: var(--quiet); font-size: 0.86em; }
  .app { border: 1px solid var(--line); border-radius: 4px; padding: 0 0.35em; line-height: 1.3; }
  .important { color: var(--attention); font-weight: 600; }
  .body { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.4em; justify-items: start; }
  .said {
    max-width: min(100%, 38em); padding: 0.5em 0.8em; border-radius: 8px;
    background: var(--surface);
    box-shadow: 0 0 0 1px var(--line); white-space: pre-wrap; overflow-wrap: anywhere;
  }
  .said a { color: var(--accent); }
  code { font-size: 0.92em; padding: 0.1em 0.3em; border-radius: 4px; background: var(--ground); }
  .at { color: var(--accent); font-weight: 600; }
  .quote { margin: 0 0 4px; padding: 2px 8px; border-left: 3px solid var(--accent); }
  .deleted { color: var(--quiet); font-style: italic; background: none; }
  .mine { grid-template-columns: minmax(0, 1fr); padding-left: 12%; }
  .mine .face, .mine .who { display: none; }
  .mine .head { justify-content: flex-end; }
  .mine .body { justify-items: end; }
  .mine .said:not(.deleted) { background: var(--mine); box-shadow: none; }
  .again .face { visibility: hidden; height: 0; }
  .again .who, .again .app, .again time {
    position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden;
  }
  .again .head { min-height: 0; margin: 0; }
  .same-minute time {
    position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden;
  }
  .mine.same-minute .head { min-height: 0; margin: 0; }
  .failed { grid-template-columns: minmax(0, 1fr); padding-left: 2.95em; }
  .failed .said {
    background: none; box-shadow: none; color: var(--quiet);
    border: 1.5px dashed var(--attention);
  }
  .failed .why { color: var(--attention); font-size: 0.9em; }
  .failed a { color: var(--attention); }
  .link {
    font: inherit; color: var(--attention); background: none; border: 0; padding: 0.2em 0;
    text-decoration: underline; cursor: pointer;
  }
  .note.bad { color: var(--attention); }
  @media (prefers-reduced-motion: no-preference) {
    :host([live]) .message { animation: arrive 0.18s ease-out; }
    @keyframes arrive { from { opacity: 0; } }
  }
  .day { display: flex; align-items: center; gap: 1em; color: var(--quiet); font-size: 0.86em; }
  .day::before, .day::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
  .thread {
    background: var(--surface); border-radius: 8px;
    box-shadow: 0 0 0 1px var(--line), 0 1px 3px rgb(0 0 0 / 0.06); overflow: hidden;
  }
  .thread > .message { padding: 0.85em 1em; }
  .thread .said:not(.card) {
    padding: 0; border-radius: 0; box-shadow: none; background: none; max-width: 100%;
  }
  .replies {
    padding: 0.8em 1em 0.8em 1.6em; border-top: 1px solid var(--line);
    background: light-dark(#fafbfc, #1f2228);
  }
  .replies .face { width: 1.9em; height: 1.9em; margin-left: 0.4em; }
  .reply {
    font: inherit; font-weight: 600; color: var(--accent); background: none; border: 0;
    border-top: 1px solid var(--line); cursor: pointer;
    width: 100%; text-align: left; padding: 0.5em 1em 0.5em 1.6em;
  }
  .reply:hover { background: var(--ground); }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
  .none { margin: 0; padding: 1em; color: var(--quiet); }

  .card {
    white-space: normal; width: min(100%, 32em); padding: 0.8em 1em;
    box-shadow: 0 0 0 1px var(--line), 0 1px 4px rgb(0 0 0 / 0.08);
  }
  .mine .card { text-align: left; }
  .card.drawn { padding: 0; }
  .card.drawn > .note { padding: 0 14px 10px; }
  .card .title { font-weight: 600; }
  .card dl { margin: 0.4em 0; display: grid; grid-template-columns: auto 1fr; gap: 0 1em; }
  .card dt { font-weight: 600; } .card dd { margin: 0; }
  .card .action {
    display: inline-block; border: 1px solid var(--line); border-radius: 4px;
    padding: 0.2em 0.7em; margin: 0.4em 0.4em 0 0;
  }
  .card p { margin: 0; }
  .ac-adaptiveCard:focus { outline: none; }
  .ac-pushButton {
    font: inherit; font-weight: 600; color: var(--ink); background: var(--surface);
    border: 1px solid light-dark(#c3c8d1, #59606d);
    border-radius: 4px; padding: 0.35em 0.9em; min-height: 2.2em; cursor: pointer;
  }
  .ac-pushButton:hover { background: var(--ground); border-color: var(--quiet); }
  .ac-pushButton.style-positive {
    background: var(--accent); border-color: var(--accent); color: var(--surface);
  }
  .ac-pushButton.style-destructive { color: var(--attention); border-color: var(--attention); }
  .ac-pushButton:focus-visible { outline-offset: 2px; }
  .ac-input:not(.ac-toggleInput, .ac-choiceSetInput-expanded, .ac-choiceSetInput-multiSelect) {
    font: inherit; color: var(--ink); background: var(--ground);
    border: 1px solid light-dark(#8a909c, #7b828f); border-radius: 4px;
    padding: 0.35em 0.6em; width: 100%; min-height: 2.2em;
  }
  ::placeholder { color: var(--quiet); }
  .ac-input-validation-failed { border-color: var(--attention) !important; }
  .ac-anchor { color: var(--accent); }
  .ac-factset td, .ac-factset th { padding-block: 1px; vertical-align: top; }
`;
