// Intervals of 95 %: of a share of simulated women by Wilson's method, of a mean by its standard error.

const Z = 1.959963984540054;
/** Below so many simulated women the page says that they are too few. */
export const FEW = 30;

export function wilson(k: number, n: number): [number, number] {
  if (n <= 0) return [0, 1];
  const centre = (k + (Z * Z) / 2) / (n + Z * Z);
  const half = (Z / (n + Z * Z)) * Math.sqrt((k * (n - k)) / n + (Z * Z) / 4);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

export function meanInterval(mean: number, error: number): [number, number] {
  return [mean - Z * error, mean + Z * error];
}
