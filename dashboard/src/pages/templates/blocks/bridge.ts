// What the editor, made once, asks of the page around it, whose answers change.
import { isSameBlocks, tidied, type Block } from "../../../core/blocks";
import type { FieldProblem } from "../../../core/fieldProblems";

export interface Answers {
  /** What a variable is called. */
  labelOf: (path: string) => string;
  /** What stands beside a row of the booking's details while it is edited. */
  exampleOfRow: (row: string) => string;
  /** A block's condition in words. */
  conditionOf: (rule: unknown) => string;
  problems: readonly FieldProblem[];
  isInvalid: boolean;
  /** Id of what describes the page, such as its problems. */
  describedBy: string | undefined;
  /** Opens something; `typed` is what stands in the text if nothing is chosen there. */
  add: (typed: string) => void;
  settings: (pos: number) => void;
  variable: (typed: string) => void;
  link: () => void;
  toolbar: () => void;
  /** Takes what was written. */
  written: (blocks: readonly Block[]) => void;
}

const nothing = () => undefined;

export class Bridge {
  private answers: Answers = {
    labelOf: (path) => path,
    exampleOfRow: () => "",
    conditionOf: () => "",
    problems: [],
    isInvalid: false,
    describedBy: undefined,
    add: nothing,
    settings: nothing,
    variable: nothing,
    link: nothing,
    toolbar: nothing,
    written: nothing,
  };

  /** What was written last, which comes back as the value. */
  private last: readonly Block[] | null = null;
  /** What came from outside last. */
  private begun: readonly Block[] = [];

  get ask(): Answers {
    return this.answers;
  }

  answer(part: Partial<Answers>): void {
    this.answers = { ...this.answers, ...part };
  }

  /** Hands on what was written; what says the same as before it is that very value, so that nothing is unsaved. */
  write(written: readonly Block[]): void {
    const blocks = isSameBlocks(written, tidied(this.begun)) ? this.begun : written;
    this.last = blocks;
    this.answers.written(blocks);
  }

  /** Whether a value is not what was written here. */
  isForeign(value: readonly Block[]): boolean {
    const isForeign = value !== this.last;
    this.last = value;
    if (isForeign) this.begun = value;
    return isForeign;
  }
}
