/** How often points of the plane can be iterated before they leave: plain floating point. */
const SIZE = 160;
const LIMIT: u32 = 200;

function iterate(x: f64, y: f64): u32 {
  let a = 0.0;
  let b = 0.0;
  let n: u32 = 0;
  for (; n < LIMIT; n++) {
    const aa = a * a;
    const bb = b * b;
    if (aa + bb > 4) break;
    b = 2 * a * b + y;
    a = aa - bb + x;
  }
  return n;
}

/** @returns the sum over a grid of points */
export function mandelbrot(): u32 {
  let sum: u32 = 0;
  for (let row = 0; row < SIZE; row++) {
    const y = (<f64>row * 2.4) / SIZE - 1.2;
    for (let column = 0; column < SIZE; column++) sum += iterate((<f64>column * 3.2) / SIZE - 2.2, y);
  }
  return sum;
}
