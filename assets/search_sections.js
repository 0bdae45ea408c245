/* A result of the search leads to the sections that have the words, not to the top of their page.
   Where no page has all of them, as with a question in a reader's own words, the sections that have
   most of the rare ones are the answer. */
(() => {
  const MOST = 4; // sections of one page
  const ENOUGH = 3; // results that have every word; with fewer, those that have nearly all are shown too
  const QUESTION = 3; // words of which a search is a question: answers for puzzles stand first
  const NEARLY = 8; // of these at most
  const PUZZLE = "If you came with a puzzle"; // tools/sphinx_symptoms.py
  const whole = Search._performSearch;

  // The numbers of the sections that have a word, or where none has, a longer one with it inside.
  const having = (word) => {
    const { words } = Search._index.sections;
    if (Object.hasOwn(words, word)) return new Set(words[word]);
    if (word.length < 3) return new Set();
    return new Set(Object.keys(words).filter((each) => each.includes(word)).flatMap((each) => words[each]));
  };

  // The sections that have most of a question's words; a word that few sections have counts more.
  const nearly = (terms, known) => {
    const { places } = Search._index.sections;
    const scores = new Map();
    for (const term of terms) {
      const set = having(term);
      for (const number of set) {
        scores.set(number, (scores.get(number) ?? 0) + Math.log(places.length / set.size));
      }
    }
    // A section of answers for who came with a puzzle is what somebody with a question wants.
    const answers = ([number]) => places[number][2].endsWith(PUZZLE);
    const ranked = [...scores].sort((a, b) => b[1] - a[1]);
    const first = ranked.filter(answers).slice(0, ENOUGH);
    const best = [...first, ...ranked.filter((each) => !first.includes(each))].slice(0, NEARLY);
    return best
      .map(([number, score]) => {
        const [page, id, heading] = places[number];
        const title = Search._index.titles[page];
        const shown = heading === title || !heading ? title : `${title} > ${heading}`;
        const { docnames, filenames } = Search._index;
        return [docnames[page], shown, `#${id}`, null, score, filenames[page], "text"];
      })
      .filter(([name, , anchor]) => !known.has(name + anchor))
      .reverse();
  };

  Search._performSearch = (query, terms, ...rest) => {
    const { places } = Search._index.sections;
    const sets = [...terms].map((term) => having(term));
    const hits = places.map((place, number) => [place, sets.filter((set) => set.has(number)).length]);
    const led = whole(query, terms, ...rest).flatMap((result) => {
      const [name, title, anchor] = result;
      if (anchor) return [result];
      const here = hits.filter(([[page], count]) => Search._index.docnames[page] === name && count);
      const best = Math.max(0, ...here.map(([, count]) => count));
      const found = here.filter(([, count]) => count === best).slice(0, MOST).reverse();
      if (!found.length) return [result];
      return found.map(([[, id, heading]]) => [
        name, heading === title || !heading ? title : `${title} > ${heading}`, `#${id}`, ...result.slice(3)]);
    });
    // Results are shown from the end: of two that lead to one place the last one stays.
    const places_met = new Set();
    const whole_ones = led.reverse().filter(([name, , anchor]) => {
      const place = name + anchor;
      return !places_met.has(place) && places_met.add(place);
    }).reverse();
    if (terms.size >= QUESTION) return [...whole_ones, ...nearly(terms, places_met)];
    if (whole_ones.length >= ENOUGH) return whole_ones;
    return [...nearly(terms, places_met), ...whole_ones];
  };
})();
