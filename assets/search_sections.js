/* A result of the search leads to the sections that have the words, not to the top of their page.
   A question in a reader's own words leads to the symptoms and sections that have most of the rare
   ones, or others that mean the same (`assets/same_words.txt`). */
(() => {
  const MOST = 4; // sections of one page
  const ENOUGH = 3; // results that have every word; with fewer, those that have nearly all are shown too
  const QUESTION = 3; // words of which a search is a question
  const NEARLY = 10; // answers to it
  const OF_A_PAGE = 2; // of these
  const SUBJECT = "lo"; // what every page is about: with another word it tells nothing
  // What a word counts in an answer, and in a section, where in a symptom it is 1; of a word that
  // means the same, and of one that has it inside.
  const COUNTS = { answer: 0.5, section: 0.6, alike: 0.6, inside: 0.5 };
  const LENGTH = 0.3; // how much less a long text counts: from 0, not at all, to 1
  const PAGE = 0.15; // how much the other symptoms of its page count for one
  const whole = Search._performSearch;

  const isWord = (text) => /^[\p{Letter}\p{Number}_]+$/u.test(text);

  // The words of the book in which a word stands: itself, or where no text has it, longer ones.
  const forms = (word) => {
    const { words } = Search._index.sections;
    if (Object.hasOwn(words, word)) return [word];
    return word.length < 3 ? [] : Object.keys(words).filter((each) => each.includes(word));
  };
  const having = (word) => new Set(forms(word).flatMap((each) => Search._index.sections.words[each]));

  // What a question asks for: for each word or phrase the words that answer it, and what each counts.
  const asked = (query, terms) => {
    const { words, same, common } = Search._index.sections;
    const parts = query.toLowerCase().split(/[^\p{Letter}\p{Number}_.:'-]+|[.:](?= |$)/u);
    const text = ` ${parts.filter((each) => each).join(" ")} `;
    const stemmer = new Stemmer();
    // A name that the book does not have, such as another program's, is its parts.
    const split = (term) => forms(term).length ? [term] : term.split("_").map((part) => stemmer.stemWord(part));
    const plain = [...terms].filter((term) => term.length > 1 && !common.includes(term)).flatMap(split);
    const list = plain.map((term) => new Map(forms(term).map((each) => [each, each === term ? 1 : COUNTS.inside])));
    const addresses = parts.filter((each) => each && !isWord(each) && Object.hasOwn(words, each));
    list.push(...addresses.map((each) => new Map([[each, 1]])));
    for (const group of same) {
      const met = list.filter((_, i) => group.includes(plain[i]));
      for (const map of met) for (const each of group) if (!map.has(each)) map.set(each, COUNTS.alike);
      const phrase = !met.length && group.some((each) => !isWord(each) && text.includes(` ${each} `));
      if (phrase) list.push(new Map(group.map((each) => [each, 1])));
    }
    return list;
  };

  // The texts that can answer, each with its numbers in the index: sections, and puzzles.
  let texts = null;
  const read = () => {
    const { places, puzzles, words } = Search._index.sections;
    const sizes = new Map();
    for (const numbers of Object.values(words)) for (const n of numbers) sizes.set(n, (sizes.get(n) ?? 0) + 1);
    const text = ([page, id, heading], puzzle, parts) => {
      const size = parts.reduce((sum, [n]) => sum + (sizes.get(n) ?? 0), 0);
      return { page, id, heading, puzzle, parts, size };
    };
    const number = (n) => places.length + 2 * n;
    return [
      ...places.map((each, n) => text(each, false, [[n, COUNTS.section]])),
      ...puzzles.map((each, n) => text(each, true, [[number(n), 1], [number(n) + 1, COUNTS.answer]])),
    ];
  };

  // What each number of the index has of a wanted word, at best.
  const scores = (wanted) => {
    const { words } = Search._index.sections;
    const found = new Map();
    for (const [word, counts] of [...wanted].filter(([each]) => Object.hasOwn(words, each))) {
      const rare = Math.log(1 + texts.length / words[word].length);
      for (const n of words[word]) found.set(n, Math.max(found.get(n) ?? 0, counts * rare));
    }
    return found;
  };

  // The texts that have most of a question's words, the best first, and how many of them they have.
  const answers = (query, terms) => {
    texts ??= read();
    const middle = texts.reduce((sum, { size }) => sum + size, 0) / texts.length;
    const ofPage = new Map();
    const all = texts.map((each) => ({ ...each, score: 0, has: 0 }));
    for (const found of asked(query, terms).map(scores)) {
      const best = new Map();
      for (const text of all) {
        const score = Math.max(...text.parts.map(([n, part]) => (found.get(n) ?? 0) * part));
        text.score += score;
        text.has += score > 0;
        if (text.puzzle) best.set(text.page, Math.max(best.get(text.page) ?? 0, score));
      }
      for (const [page, score] of best) ofPage.set(page, (ofPage.get(page) ?? 0) + score);
    }
    for (const text of all) {
      text.score /= 1 - LENGTH + (LENGTH * text.size) / middle;
      if (text.puzzle && text.has) text.score += PAGE * ofPage.get(text.page);
    }
    return all.filter(({ has }) => has).sort((a, b) => b.score - a.score);
  };

  // A place as a result.
  const result = ({ page, id, heading, score }) => {
    const { docnames, filenames, titles } = Search._index;
    const shown = heading === titles[page] || !heading ? titles[page] : `${titles[page]} > ${heading}`;
    return [docnames[page], shown, `#${id}`, null, score, filenames[page], "text"];
  };

  // The best answers; a page has a few of them, so that others are seen beside it.
  const nearly = (query, terms) => {
    const ofPage = new Map();
    const few = ({ page }) => ofPage.set(page, (ofPage.get(page) ?? 0) + 1).get(page) <= OF_A_PAGE;
    return answers(query, terms).filter(few).slice(0, NEARLY).map(result).reverse();
  };

  // A few puzzles: those that have all words, or those that have one in their symptom.
  const first = (puzzles) => puzzles.slice(0, OF_A_PAGE).map(result).reverse();
  const puzzlesOf = (query, terms) =>
    first(answers(query, terms).filter(({ puzzle, has }) => puzzle && has === terms.size));
  const symptomsOf = (query, terms) => {
    const met = new Set([...terms].flatMap((term) => [...having(term)]));
    return first(answers(query, terms).filter(({ puzzle, parts }) => puzzle && met.has(parts[0][0])));
  };

  // One line above the results on the words that no page has, as the reader wrote them: what is
  // shown then answers the others alone.
  const tellUnknown = (query) => {
    const stemmer = new Stemmer();
    const { same, common } = Search._index.sections;
    const known = (term) => forms(term).length || common.includes(term) || same.flat().includes(term);
    const isUnknown = (word) => !stopwords.includes(word) && !known(stemmer.stemWord(word));
    const unknown = splitQuery(query.trim()).filter((word) => isUnknown(word.toLowerCase()));
    if (!unknown.length || !Search.output) return;
    const line = document.createElement("p");
    line.className = "search-unknown";
    line.textContent = `No page has: ${unknown.join(", ")}.`;
    Search.output.before(line);
  };

  // Results are shown from the end: of two that lead to one place the last one stays.
  const once = (results) => {
    const met = new Set();
    const isNew = (place) => !met.has(place) && met.add(place);
    return [...results].reverse().filter(([name, , anchor]) => isNew(name + anchor)).reverse();
  };

  const resultsOf = (query, terms, isQuestion, rest) => {
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
    const all = once(led);
    const more = () => terms.size === 1 && all.length >= ENOUGH ? [] : nearly(query, terms);
    if (isQuestion) return once([...all, ...more()]);
    if (terms.size > 1) return once([...more(), ...all, ...puzzlesOf(query, terms)]);
    return once([...more(), ...all, ...symptomsOf(query, terms)]);
  };

  Search._performSearch = (query, given, ...rest) => {
    const others = new Set([...given].filter((term) => term !== SUBJECT));
    const words = query.split(/\s+/).filter((word) => word.toLowerCase() !== SUBJECT).join(" ");
    const [said, terms] = others.size ? [words, others] : [query, given];
    const results = resultsOf(said, terms, given.size >= QUESTION, rest);
    if (results.length) tellUnknown(query);
    return results;
  };
})();
