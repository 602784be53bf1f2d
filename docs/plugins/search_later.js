// Loads what is searched with the first letter that somebody types: search.py adds this to the
// search worker, before all else.
{
  // The page sends a setup without documents, and each query. Material's worker, which listens
  // later, answers both.
  const [SETUP, QUERY] = [0, 2];
  const hand = (type, data) => dispatchEvent(new MessageEvent("message", { data: { type, data } }));
  let setup;
  let query;

  const listen = (event) => {
    const { type, data } = event.data;
    if (type === SETUP && !data.docs.length) setup = data;
    else if (type === QUERY && data && setup) {
      event.stopImmediatePropagation();
      if (query === undefined) load();
      query = data; // of what is typed meanwhile, the last counts
    }
  };

  // The page knows already that the worker is ready, and hears of it once.
  const built = (data) => new Promise((resolve) => {
    const { postMessage } = self;
    self.postMessage = () => resolve((self.postMessage = postMessage));
    hand(SETUP, data);
  });

  async function load() {
    try {
      const documents = new URL("../../../search/documents.json", location.href);
      const docs = await (await fetch(documents)).json();
      await built({ ...setup, docs });
      setup = undefined; // from now on, all goes straight through
      hand(QUERY, query);
    } finally {
      query = undefined; // a failed request is made again with the next letter
    }
  }

  addEventListener("message", listen);
}
