interface FileReaderSync {
  readAsArrayBuffer(file: Blob): ArrayBuffer;
}
/** Workers only; the page's types do not have it. */
declare const FileReaderSync: { new (): FileReaderSync };

/** Texts that the bundler makes (`site/bundle.ts`): what is in the page needs no further request. */
declare module 'virtual:worker' {
  /** The worker in one file. */
  export const worker: string;
}
declare module 'virtual:runtime' {
  /** `openPredictor` of `@slipway/edge` in one file. */
  export const runtime: string;
}
declare module 'virtual:samples' {
  /** Files to try, as base64 by name. */
  export const samples: Readonly<Record<string, string>>;
}
declare module 'virtual:version' {
  export const version: string;
}

/** Scripts of the server's own pages, which are JavaScript: `packages/slipway/src/server/pages/`. */
declare module 'virtual:answer' {
  import type { Problem } from '@slipway/core/errors';

  /** Shows an answer: label or number, probabilities as bars, everything else as tables. */
  export function showAnswer(place: Element, answer: object): void;

  /** `rest`: the problems that do not stand beside a field; undefined where there are no fields. */
  export function showProblem(
    place: Element,
    problem: { readonly detail: string; readonly hint: string; readonly errors: readonly Problem[] | undefined },
    rest: readonly Problem[] | undefined,
  ): void;

  /** Makes an element; attributes of '' are left out, text goes in as text. */
  export function element<K extends keyof HTMLElementTagNameMap>(
    name: K,
    attributes: Readonly<Record<string, string | number>>,
    ...children: (Node | string)[]
  ): HTMLElementTagNameMap[K];
}
declare module 'virtual:row-form' {
  import type { Problem } from '@slipway/core/errors';
  import type { RowForm } from '@slipway/core/signature';

  /** The fields of a row, as `fields.ts` writes them. */
  export function rowForm(
    form: HTMLFormElement,
    model: { readonly form: RowForm; readonly width: number },
  ): {
    /** The row of the fields; undefined after telling what is wrong with a pasted one. */
    read(): unknown;
    fill(row: unknown): void;
    clearErrors(): void;
    /** Puts problems beside their fields and returns those that have none. */
    placeErrors(errors: readonly Problem[]): Problem[];
  };
}
