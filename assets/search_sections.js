/* A result of the search leads to the sections that have the words, not to the top of their page. */
(() => {
  const MOST = 4; // sections of one page
  const whole = Search._performSearch;

  // The numbers of the sections that have a word, or where none has, a longer one with it inside.
  const having = (word) => {
    const { words } = Search._index.sections;
    if (Object.hasOwn(words, word)) return new Set(words[word]);
    if (word.length < 3) return new Set();
    return new Set(Object.keys(words).filter((each) => each.includes(word)).flatMap((each) => words[each]));
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
    return led.reverse().filter(([name, , anchor]) => {
      const place = name + anchor;
      return !places_met.has(place) && places_met.add(place);
    }).reverse();
  };
})();
