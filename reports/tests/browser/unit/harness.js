// The smallest test harness that says which sentence failed. Runs in the browser that the page is for, and under node.

const failures = [];
let passed = 0;

/** Runs `body`; a throw is a failure with the sentence that it disproves. */
export function test(sentence, body) {
  try {
    body();
    passed += 1;
  } catch (error) {
    failures.push(`${sentence}: ${error.message}`);
  }
}

/** Throws unless both are the same as JSON. */
export function same(got, wanted) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`got ${a}, wanted ${b}`);
}

/** Throws unless `fact` holds. */
export function ok(fact, words = "does not hold") {
  if (!fact) throw new Error(words);
}

/** What came of it. */
export function results() {
  return { passed, failures };
}
