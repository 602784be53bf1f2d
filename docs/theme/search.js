// Mends Lunr 2.3.9 in the search worker (docs/theme/search.py adds this to it).
{
  const { lunr } = self;

  // Lunr shares the branches of its word tree that have the same key, and makes keys of each letter and the number of
  // what follows, with nothing between them: "1" then branch 23 is the key of "12" then branch 3. With digits in words,
  // such branches are mixed up; words that nobody wrote are found, and the search fails. A comma ends each number.
  // Upstream: https://github.com/olivernn/lunr.js/issues/503 (September 2021, open)
  lunr.TokenSet.prototype.toString = function () {
    if (this._str) return this._str;
    const edges = Object.keys(this.edges).sort().map((letter) => `${letter}${this.edges[letter].id},`);
    return `${this.final ? 1 : 0}${edges.join("")}`;
  };

  // In "register a bot", a* is in every section. Words like it count only where the reader types nothing else.
  const { query } = lunr.Index.prototype;
  lunr.Index.prototype.query = function (fill) {
    return query.call(this, (wanted) => {
      fill.call(wanted, wanted);
      const telling = wanted.clauses.filter(({ term }) => lunr.stopWordFilter(term.replace(/^\*|\*$/g, "")));
      if (telling.length) wanted.clauses = telling;
    });
  };
}
