import { WireReader } from './wire-reader.ts';

/** What an .onnx file says about itself, beside its graph. Fields that it leaves out are absent. */
export interface About {
  readonly description?: string;
  readonly domain?: string;
  readonly modelVersion?: number;
  readonly producerVersion?: string;
}

/** Reads the texts of a ModelProto that no runtime needs. */
export function readAbout(bytes: Uint8Array): About {
  const r = new WireReader(bytes);
  const about: { -readonly [K in keyof About]: About[K] } = {};
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 3) about.producerVersion = r.string();
    else if (field === 4) about.domain = r.string();
    else if (field === 5) about.modelVersion = r.small();
    else if (field === 6) about.description = r.string();
    else r.skip();
  }
  return about;
}
