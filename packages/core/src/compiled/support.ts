/** Functions that generated code calls. They are source because a written module must carry them with it. */
interface SupportFunction {
  readonly source: string;
  /** Other functions that this one calls. */
  readonly uses?: readonly SupportName[];
}

function insertion(isBefore: '<' | '>'): string {
  return `(value, i, k, values, indices, start, step) => {
  const last = start + (k - 1) * step;
  let at = i < k ? start + i * step : last;
  for (; at > start; at -= step) {
    const other = values[at - step];
    if (!(value ${isBefore} other)) break;
    values[at] = other;
    indices[at] = indices[at - step];
  }
  values[at] = value;
  indices[at] = i;
  return values[last];
}`;
}

const functions = {
  /** Ties to even, as IEEE 754 and numpy round. */
  roundEven: {
    source: `(x) => {
  if (!(Math.abs(x) < 4503599627370496)) return x;
  const floor = Math.floor(x);
  const part = x - floor;
  const result = part < 0.5 || (part === 0.5 && floor % 2 === 0) ? floor : floor + 1;
  return result === 0 && (x < 0 || Object.is(x, -0)) ? -0 : result;
}`,
  },
  /** C's pow: 1 to any power and any number to 0 are 1, even for NaN; so is −1 to infinity. */
  pow: { source: `(x, y) => (x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : Math.pow(x, y))` },
  /** Float → int64; what does not fit becomes −2^63, as on x86-64. */
  toInt64: {
    source: `(x) => (x >= -9223372036854775808 && x < 9223372036854775808 ? Math.trunc(x) + 0 : -9223372036854775808)`,
  },
  toInt32: { source: `(x) => (x > -2147483649 && x < 2147483648 ? Math.trunc(x) + 0 : -2147483648)` },
  /** Remainder with the sign of the divisor. */
  floorMod: {
    source: `(x, y) => { const rest = x % y; return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest + 0; }`,
  },
  /** An index that may count from the end. */
  place: {
    source: `(index, count) => {
  const place = index < 0 ? index + count : index;
  if (!(place >= 0 && place < count)) throw outOfRange(index, count);
  return place;
}`,
  },
  finiteOrZero: { source: `(x) => (Math.abs(x) < Infinity ? x : 0)` },
  /** Error function after W. J. Cody, Math. Comp. 23 (1969): below 1.2e-16 relative. */
  erf: {
    source: `(x) => {
  const y = Math.abs(x);
  if (y !== y) return x;
  if (y <= 0.46875) {
    const z = y * y;
    let p = 1.85777706184603153e-1 * z, q = z;
    for (const [a, b] of [[3.16112374387056560e0, 2.36012909523441209e1], [1.13864154151050156e2, 2.44024637934444173e2], [3.77485237685302021e2, 1.28261652607737228e3]]) { p = (p + a) * z; q = (q + b) * z; }
    return x * (p + 3.20937758913846947e3) / (q + 2.84423683343917062e3);
  }
  let result;
  if (y <= 4) {
    let p = 2.15311535474403846e-8 * y, q = y;
    for (const [a, b] of [[5.64188496988670089e-1, 1.57449261107098347e1], [8.88314979438837594e0, 1.17693950891312499e2], [6.61191906371416295e1, 5.37181101862009858e2], [2.98635138197400131e2, 1.62138957456669019e3], [8.81952221241769090e2, 3.29079923573345963e3], [1.71204761263407058e3, 4.36261909014324716e3], [2.05107837782607147e3, 3.43936767414372164e3]]) { p = (p + a) * y; q = (q + b) * y; }
    result = (p + 1.23033935479799725e3) / (q + 1.23033935480374942e3);
  } else {
    const z = 1 / (y * y);
    let p = 1.63153871373020978e-2 * z, q = z;
    for (const [a, b] of [[3.05326634961232344e-1, 2.56852019228982242e0], [3.60344899949804439e-1, 1.87295284992346047e0], [1.25781726111229246e-1, 5.27905102951428412e-1], [1.60837851487422766e-2, 6.05183413124413191e-2]]) { p = (p + a) * z; q = (q + b) * z; }
    result = (5.6418958354775628695e-1 - z * (p + 6.58749161529837803e-4) / (q + 2.33520497626869185e-3)) / y;
  }
  const cut = Math.trunc(y * 16) / 16;
  const rest = (y - cut) * (y + cut);
  result = 1 - Math.exp(-cut * cut) * Math.exp(-rest) * result;
  return x < 0 ? -result : result;
}`,
  },
  /** printf("%.{digits}g"), as ONNX Runtime writes numbers. */
  formatFloat: {
    source: `(x, digits) => {
  if (x !== x) return 'NaN';
  if (x === Infinity) return 'INF';
  if (x === -Infinity) return '-INF';
  if (x === 0) return Object.is(x, -0) ? '-0' : '0';
  const [mantissa, power] = x.toExponential(digits - 1).split('e');
  const exponent = Number(power);
  const strip = (text) => (text.includes('.') ? text.replace(/\\.?0+$/, '') : text);
  if (exponent >= -4 && exponent < digits) return strip(x.toFixed(Math.min(100, digits - 1 - exponent)));
  const size = Math.abs(exponent);
  return strip(mantissa) + 'e' + (exponent < 0 ? '-' : '+') + (size < 10 ? '0' : '') + size;
}`,
  },
  parseFloat: {
    source: `(text) => {
  const word = text.trim();
  if (/^[+-]?(\\d+\\.?\\d*|\\.\\d+)(e[+-]?\\d+)?$/i.test(word)) return Number(word);
  const [, sign, name] = /^([+-]?)(nan|inf|infinity)$/i.exec(word) ?? [];
  if (name === undefined) throw notANumber(text);
  return /nan/i.test(name) ? NaN : sign === '-' ? -Infinity : Infinity;
}`,
  },
  parseInteger: {
    source: `(text) => {
  const [, digits] = /^\\s*([+-]?\\d+)/.exec(text) ?? [];
  const value = Number(digits);
  if (!Number.isSafeInteger(value)) throw notANumber(text);
  return value;
}`,
  },
  /** e^x, below 1e-15 relative: 2^(i/64) from a table, the rest as a polynomial. Math.exp is a call of four times the time. */
  exp: {
    source: `(() => {
  const steps = Float64Array.from({ length: 64 }, (_, i) => Math.pow(2, i / 64));
  const powers = Float64Array.from({ length: 2047 }, (_, i) => Math.pow(2, i - 1023));
  return (x) => {
    if (!(x > -700 && x < 700)) return Math.exp(x);
    const n = x * 92.33248261689366 + 6755399441055744 - 6755399441055744;
    const r = x - n * 0.01083042469326756 - n * 2.9815858269852933e-12;
    const p = r + r * r * (0.5 + r * (0.16666666666666666 + r * (0.041666666666666664 + r * 0.008333333333333333)));
    const i = n & 63;
    const step = steps[i];
    return (step + step * p) * powers[((n - i) >> 6) + 1023];
  };
})()`,
  },
  /** x·W for panels of W with a number of columns that four divides, where there is no WebAssembly. */
  multiply: {
    source: `(x, stride, panels, out, depth, columns, lanes, first, rows) => {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j += 4) {
      let at = (j - (j % lanes)) * depth + (j % lanes);
      let a = first, b = first, c = first, d = first;
      for (let k = 0; k < depth; k++, at += lanes) {
        const element = x[i * stride + k];
        a += element * panels[at];
        b += element * panels[at + 1];
        c += element * panels[at + 2];
        d += element * panels[at + 3];
      }
      const to = i * columns + j;
      out[to] = a;
      out[to + 1] = b;
      out[to + 2] = c;
      out[to + 3] = d;
    }
  }
}`,
  },
  /** x·W for a W of few columns, row by row; sums begin with `first`. */
  multiplyNarrow: {
    source: `(x, stride, matrix, out, depth, columns, first, rows) => {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = first;
      for (let k = 0; k < depth; k++) sum += x[i * stride + k] * matrix[k * columns + j];
      out[i * columns + j] = sum;
    }
  }
}`,
  },
  /** x·w in four sums of every fourth product. */
  multiplyInParts: {
    source: `(x, stride, vector, out, depth, rows) => {
  for (let i = 0; i < rows; i++) {
    let k = 0, a = 0, b = 0, c = 0, d = 0;
    for (let at = i * stride; k + 4 <= depth; k += 4, at += 4) {
      a += x[at] * vector[k];
      b += x[at + 1] * vector[k + 1];
      c += x[at + 2] * vector[k + 2];
      d += x[at + 3] * vector[k + 3];
    }
    for (; k < depth; k++) a += x[i * stride + k] * vector[k];
    out[i] = a + b + (c + d);
  }
}`,
  },
  /** Squared distances from x to the columns, as `multiply` has them. */
  distances: {
    source: `(x, stride, panels, out, depth, columns, lanes, first, rows) => {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let at = (j - (j % lanes)) * depth + (j % lanes);
      let sum = first;
      for (let k = 0; k < depth; k++, at += lanes) {
        const difference = x[i * stride + k] - panels[at];
        sum += difference * difference;
      }
      out[i * columns + j] = sum;
    }
  }
}`,
  },
  /** Pushes points in their order on a heap that drops its largest, and sinks; of equal children the left one comes up. */
  selectByHeap: {
    source: `(from, start, ids, idStart, total, heap, members, last) => {
  const count = (heap.length - 1) / 2;
  for (let i = last[0] + 1; i < total; i++) {
    const own = from[start + i];
    if (!(own < heap[0])) continue;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= count) break;
      const next = heap[left] >= heap[left + 1] ? left : left + 1;
      if (!(own < heap[next])) break;
      heap[place] = heap[next];
      members[place] = members[next];
      place = next;
    }
    heap[place] = own;
    members[place] = ids ? ids[idStart + i] : i;
    last[0] = i;
  }
}`,
  },
  /** Puts element `i` among the k smallest, `step` apart, smallest first; of equal ones the first. Gives the largest of them. */
  insertSmallest: { source: insertion('<') },
  insertLargest: { source: insertion('>') },
} as const;

export type SupportName = keyof typeof functions;

export const support: Readonly<Record<SupportName, SupportFunction>> = functions;
