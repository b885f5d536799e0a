import type { Tensor } from '../../tensor/index.ts';

/** Long sums of a single column are made in four parts. */
export function isSummedInParts(depth: number, columns: number): boolean {
  return columns === 1 && depth >= 16;
}

/** Columns of a panel: more are faster, but the last one is filled up. */
export function lanesFor(columns: number): number {
  if (columns === 1) return 1;
  const cost = (lanes: number) => Math.ceil(columns / lanes) * (lanes + 3);
  return [16, 8, 4].reduce((best, lanes) => (cost(lanes) < cost(best) ? lanes : best));
}

/** Some columns after some columns, each row by row; columns that are missing are 0. */
export function panelsOf({ dtype, shape, data }: Tensor, lanes: number): Tensor {
  const [rows, columns] = shape as [number, number];
  const count = Math.ceil(columns / lanes);
  const panels = new (data.constructor as Float64ArrayConstructor)(count * rows * lanes);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      panels[(Math.floor(j / lanes) * rows + i) * lanes + (j % lanes)] = (data as Float64Array)[
        i * columns + j
      ] as number;
    }
  }
  return { dtype, shape: [panels.length], data: panels };
}
