"""The search of the site, as its pages ask it."""

from __future__ import annotations

from tests.support.browsing import Screen

# In the browser: a worker as Material starts it and talks to it (integrations/search/worker). The
# page's own, which loads the site's documents with the first query, or one of another text with
# another index.
START = """
    const [, name, text, index] = arguments;
    const {base, search} = JSON.parse(document.getElementById("__config").textContent);
    const at = new URL(`${base}/`, location);
    const source = text ? URL.createObjectURL(new Blob([text])) : new URL(search, location);
    const worker = new Worker(source);
    const answers = [];
    worker.onmessage = ({data}) => answers.shift()(data);
    const ask = (message) => new Promise((got) => {
      answers.push(got);
      worker.postMessage(message);
    });
    globalThis[name] = async (query, field = ({location}) => location) => {
      const {data} = await ask({type: 2, data: query});
      return data.items.map((group) => group.map(field));
    };
    const built = fetch(new URL("search/search_index.json", at)).then((answer) => answer.json());
    globalThis.ready = built
      .then((own) => ask({type: 0, data: {...own, ...index, options: {suggest: true}}}))
      .then(({type}) => type);
"""
READY = 1  # what the worker answers once its index is built


def results(
    searching: Screen, queries: list[str], worker: str = "asked"
) -> dict[str, list[list[str]]]:
    """For each query the pages found, best first, each with its sections, best first.

    The worker has built its index, so nothing comes later.
    """
    script = """
        return (async () => {
          const found = {};
          for (const query of arguments[1]) found[query] = await globalThis[arguments[2]](query);
          return found;
        })();
    """
    found: dict[str, list[list[str]]] = searching.value(script, queries, worker).when(bool)
    assert found.keys() == {*queries}
    return found


def opened(searching: Screen) -> str:
    """Open the search that the page has itself; the selector of its box."""
    searching.run(
        "if (!document.getElementById('__search').checked)"
        " document.querySelector('label[for=__search]').click()"
    )
    return "[data-md-component=search-query]"
