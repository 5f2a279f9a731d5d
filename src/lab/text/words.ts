/** The words that all labs have in common, in one language. `{name}` stands for a value. */
export interface Words {
  /** Titles of tables of evidence. */
  readonly tables: Readonly<Record<string, string>>;
  /** Choices of predictions. */
  readonly choices: Readonly<Record<string, string>>;
  readonly noLonger: string;
  readonly none: string;
  readonly ok: string;
  readonly notOk: string;
  readonly moreCalls: string;
  readonly moreLines: string;
  readonly asPredicted: string;
  readonly yourPrediction: string;
  readonly why: string;
  readonly allHold: string;
  readonly someFailed: string;
  readonly leftAtFirst: string;
  readonly leftAfter: string;
  readonly score: string;
  readonly ask: {
    readonly start: string;
    readonly lookAround: string;
    readonly noPodYet: string;
    readonly next: string;
    readonly back: string;
    readonly again: string;
    readonly end: string;
    readonly out: string;
  };
  readonly drill: {
    readonly begins: string;
    readonly which: string;
    readonly answerWith: string;
    readonly notAnAnswer: string;
    readonly wrong: string;
    readonly right: string;
    readonly hint: string;
    readonly noMoreHints: string;
    readonly repair: string;
    readonly enter: string;
    readonly notYet: string;
    readonly repaired: string;
    readonly givenUp: string;
    readonly score: string;
  };
  readonly page: {
    readonly name: string;
    readonly date: string;
    readonly learner: string;
    readonly teacher: string;
    readonly goal: string;
    readonly predict: string;
    readonly watch: string;
    readonly yourWhy: string;
    readonly measured: string;
    readonly notMeasured: string;
    readonly faults: string;
    readonly run: string;
  };
}
