// Mends and tunes Lunr 2.3.9 in the search worker: search.py adds this to it.
{
  const { lunr } = self;

  // Lunr shares the branches of its word tree that have the same key, and makes keys of each letter
  // and the number of what follows, with nothing between them: letter 1 before branch 23 has the
  // key of letter 1 before branch 2 and letter 3 before no branch. With digits in words, branches
  // get mixed up: the tree has words that no page has, and the search fails when it meets one.
  // A comma after each number keeps keys apart. Upstream, September 2021, open:
  // https://github.com/olivernn/lunr.js/issues/503
  lunr.TokenSet.prototype.toString = function () {
    if (this._str) return this._str;
    const letters = Object.keys(this.edges).sort();
    const edges = letters.map((letter) => `${letter}${this.edges[letter].id},`);
    return `${this.final ? 1 : 0}${edges.join("")}`;
  };

  const WHOLE = 2; // what bot counts when somebody types bot, beside both and bottom
  const STEM = 0.3; // what registration counts when somebody types register
  const { query } = lunr.Index.prototype;

  lunr.Index.prototype.query = function (fill) {
    let words = [];
    const found = query.call(this, (wanted) => {
      fill.call(wanted, wanted);
      wanted.clauses = withoutStopWords(wanted.clauses);
      words = wanted.clauses.filter(isWanted).map(({ term }) => bare(term));
      wanted.clauses = wanted.clauses.flatMap(forms);
    });
    // A section with all three words comes before one that repeats one of them.
    for (const one of found) {
      const terms = Object.keys(one.matchData.metadata);
      const met = words.filter((word) => terms.some((term) => term.startsWith(stem(word))));
      if (words.length) one.score *= (met.length / words.length) ** 2;
      // Material calls a word missing that is not among these as it was typed.
      for (const word of met) {
        if (!terms.some((term) => term.startsWith(word))) one.matchData.metadata[word] = {};
      }
    }
    return found.sort((one, other) => other.score - one.score);
  };

  const bare = (term) => term.replace(/^\*|\*$/g, "");
  const isWanted = ({ presence }) => presence !== lunr.Query.presence.PROHIBITED;

  // Every section has a word that begins with the a of "register a bot". Stop words count only in
  // a query of nothing else.
  function withoutStopWords(clauses) {
    const rest = clauses.filter(({ term }) => lunr.stopWordFilter(bare(term)));
    return rest.length ? rest : clauses;
  }

  // The beginning that a word and its other forms share: regist for register and registration.
  function stem(word) {
    const stemmed = lunr.stemmer(new lunr.Token(word)).toString();
    let end = 0;
    while (end < stemmed.length && stemmed[end] === word[end]) end++;
    return word.slice(0, end);
  }

  // What a typed word matches: words that begin with it, itself, and its other forms.
  function forms(clause) {
    const word = bare(clause.term);
    const { presence, boost } = clause;
    if (clause.term !== `${word}*` || presence !== lunr.Query.presence.OPTIONAL) return clause;
    const whole = { ...clause, term: word, boost: boost * WHOLE };
    const others = { ...clause, term: `${stem(word)}*`, boost: boost * STEM };
    return [clause, whole, others];
  }
}
