import { countOf, fieldsOf, listOf, malformed, most, textOf, typeOf, unsupported, type Fields } from './fields.ts';

/** Ids with the number of the text (0, 1) that each belongs to. */
export interface Encoding {
  readonly ids: readonly number[];
  readonly types: readonly number[];
}

/** Sets special tokens around one or two encodings. */
export interface PostProcessor {
  /** How many tokens it sets. */
  added(isPair: boolean): number;
  process(encodings: readonly Encoding[]): readonly Encoding[];
}

/** The post-processor of tokenizer.json, which may be null. */
export function readPostProcessor(value: unknown, budget = { left: most.components }): PostProcessor {
  if (value === null || value === undefined) return none;
  if (budget.left-- <= 0) throw malformed('the post-processor has too many parts');
  const fields = fieldsOf(value, 'the post-processor');
  const type = typeOf(fields, 'the post-processor');
  // Offsets are not asked for here.
  if (type === 'ByteLevel') return none;
  if (type === 'BertProcessing') return framed(special(fields, 'cls'), special(fields, 'sep'), false);
  if (type === 'RobertaProcessing') return framed(special(fields, 'cls'), special(fields, 'sep'), true);
  if (type === 'TemplateProcessing') return template(fields);
  if (type === 'Sequence') {
    const parts = listOf(fields['processors'], 'the list of post-processors').map((p) => readPostProcessor(p, budget));
    return {
      added: (isPair) => parts.reduce((sum, part) => sum + part.added(isPair), 0),
      process: (encodings) => parts.reduce((all, part) => part.process(all), encodings),
    };
  }
  throw unsupported(
    `the post-processor ${JSON.stringify(type.slice(0, 60))}`,
    'Write it as a TemplateProcessing in tokenizer.json, or import model.onnx alone and send token ids.',
  );
}

const none: PostProcessor = { added: () => 0, process: (encodings) => encodings };

function special(fields: Fields, name: 'cls' | 'sep'): number {
  const [, id] = listOf(fields[name], name);
  return countOf(id, `the id of ${name}`);
}

/** `[CLS] A [SEP] B [SEP]`; RoBERTa has `<s> A </s> </s> B </s>` and no second type. */
function framed(cls: number, sep: number, isRoberta: boolean): PostProcessor {
  return {
    added: (isPair) => (isPair ? (isRoberta ? 4 : 3) : 2),
    process: (encodings) =>
      encodings.map(({ ids, types }, i) => {
        const before = i === 0 ? [cls] : isRoberta ? [sep] : [];
        const all = [...before, ...ids, sep];
        const own = [...before.map(() => 0), ...types, i === 0 ? 0 : 1];
        return { ids: all, types: isRoberta ? all.map(() => 0) : own };
      }),
  };
}

function specialIds(value: unknown): readonly number[] {
  const list = listOf(value, 'the ids of a special token');
  if (list.length > most.components) throw malformed('a special token has too many ids');
  return list.map((id) => countOf(id, 'the id of a special token'));
}

interface TemplatePart {
  /** Which text, or the ids of a special token. */
  readonly text?: number;
  readonly ids: readonly number[];
  readonly type: number;
}

function template(fields: Fields): PostProcessor {
  const tokens = new Map(
    Object.entries(fieldsOf(fields['special_tokens'] ?? {}, 'special_tokens')).map(([name, token]) => [
      name,
      specialIds(fieldsOf(token, 'a special token')['ids']),
    ]),
  );
  const read = (value: unknown): readonly TemplatePart[] => {
    const list = listOf(value, 'a template');
    if (list.length > most.components) throw malformed('a template has too many parts');
    return list.map((part) => templatePart(fieldsOf(part, 'a part of a template'), tokens));
  };
  const forms = [read(fields['single']), read(fields['pair'] ?? [])];
  return {
    added: (isPair) => (forms[isPair ? 1 : 0] as readonly TemplatePart[]).reduce((sum, { ids }) => sum + ids.length, 0),
    process(encodings) {
      const form = forms[encodings.length - 1];
      if (!form?.length) throw malformed(`the template has no form for ${encodings.length} texts`);
      return form.map(({ text, ids, type }) => {
        const all = text === undefined ? ids : (encodings[text]?.ids ?? []);
        return { ids: all, types: all.map(() => type) };
      });
    },
  };
}

function templatePart(fields: Fields, tokens: ReadonlyMap<string, readonly number[]>): TemplatePart {
  if (fields['Sequence'] !== undefined) {
    const { id, type_id } = fieldsOf(fields['Sequence'], 'a sequence of a template');
    if (id !== 'A' && id !== 'B') throw malformed('a sequence of a template is neither A nor B');
    return { text: id === 'A' ? 0 : 1, ids: [], type: countOf(type_id, 'type_id') };
  }
  const { id, type_id } = fieldsOf(fields['SpecialToken'], 'a special token of a template');
  const ids = tokens.get(textOf(id, 'a special token of a template'));
  if (!ids) throw malformed(`the template has a special token that special_tokens lacks: ${JSON.stringify(id)}`);
  return { ids, type: countOf(type_id, 'type_id') };
}
