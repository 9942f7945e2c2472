/**
 * Gradient boosting of regression trees for squared loss, on binned features (Friedman 2001; histograms as in LightGBM,
 * Ke et al. 2017). Every tree is complete: node k has the children 2k and 2k+1, the root is 1, and a node that finds no
 * useful split sends everything to its left child. No randomness, so the same rows give the same trees.
 */

/** A split no bin lies beyond. */
const ALL_LEFT = 255;

/**
 * @param rows  one array of bins a row
 * @param y     the targets
 * @param binCounts  how many bins each feature has
 * @param options  trees, depth, rate (shrinkage of each tree), ridge (added to a leaf's row count), leaf (least rows)
 * @returns {{base: number, depth: number, trees: {feature: number[], bin: number[], value: number[]}[]}}
 */
export function boost(rows, y, binCounts, options) {
  const data = flatten(rows, binCounts);
  const base = y.reduce((sum, value) => sum + value, 0) / y.length;
  const residual = Float64Array.from(y, (value) => value - base);
  const trees = [];
  for (let t = 0; t < options.trees; t += 1) trees.push(growTree(data, residual, options));
  return { base, depth: options.depth, trees };
}

export function evaluate({ base, depth, trees }, bins) {
  let sum = base;
  for (const { feature, bin, value } of trees) {
    let node = 1;
    for (let level = 0; level < depth; level += 1)
      node = 2 * node + (bins[feature[node]] > bin[node] ? 1 : 0);
    sum += value[node - (1 << depth)];
  }
  return sum;
}

/** All bins in one array, row after row, each as its place in a histogram over all features. */
function flatten(rows, binCounts) {
  const offsets = binCounts.map((_, f) => binCounts.slice(0, f).reduce((sum, count) => sum + count, 0));
  const width = binCounts.length;
  const places = new Uint16Array(rows.length * width);
  rows.forEach((bins, i) => {
    bins.forEach((bin, f) => {
      places[i * width + f] = offsets[f] + bin;
    });
  });
  return {
    places,
    offsets,
    binCounts,
    width,
    size: rows.length,
    total: binCounts.reduce((a, b) => a + b, 0),
  };
}

/** Grows one tree, and takes what it explains from the residuals. */
function growTree(data, residual, options) {
  const leaves = 1 << options.depth;
  const feature = new Array(leaves).fill(0);
  const bin = new Array(leaves).fill(ALL_LEFT);
  const node = new Uint8Array(data.size).fill(1);
  for (let level = 0; level < options.depth; level += 1) {
    const first = 1 << level;
    const histograms = histogramsOf(data, residual, node, first);
    for (let k = 0; k < first; k += 1) {
      const split = bestSplit(data, histograms, k * data.total, options);
      if (split !== null) [feature[first + k], bin[first + k]] = split;
    }
    descend(data, node, feature, bin);
  }
  const value = leafValues(residual, node, leaves, options);
  for (let i = 0; i < data.size; i += 1) residual[i] -= value[node[i] - leaves];
  return { feature, bin, value };
}

function histogramsOf({ places, width, size, total }, residual, node, first) {
  const counts = new Float64Array(first * total);
  const sums = new Float64Array(first * total);
  for (let i = 0; i < size; i += 1) {
    const origin = (node[i] - first) * total;
    const target = residual[i];
    for (let at = i * width; at < (i + 1) * width; at += 1) {
      counts[origin + places[at]] += 1;
      sums[origin + places[at]] += target;
    }
  }
  return { counts, sums };
}

/** The feature and the last bin of the left side that lower the squared loss most, or null. */
function bestSplit({ offsets, binCounts }, { counts, sums }, origin, { ridge, leaf }) {
  let n = 0;
  let sum = 0;
  for (let b = 0; b < binCounts[0]; b += 1) {
    n += counts[origin + b];
    sum += sums[origin + b];
  }
  let best = null;
  let bestGain = (sum * sum) / (n + ridge) + 1e-9;
  for (let f = 0; f < binCounts.length; f += 1) {
    let leftN = 0;
    let leftSum = 0;
    for (let b = 0; b < binCounts[f] - 1; b += 1) {
      leftN += counts[origin + offsets[f] + b];
      leftSum += sums[origin + offsets[f] + b];
      if (leftN < leaf || n - leftN < leaf) continue;
      const rightSum = sum - leftSum;
      const gain = (leftSum * leftSum) / (leftN + ridge) + (rightSum * rightSum) / (n - leftN + ridge);
      if (gain > bestGain) {
        bestGain = gain;
        best = [f, b];
      }
    }
  }
  return best;
}

function descend({ places, offsets, width, size }, node, feature, bin) {
  for (let i = 0; i < size; i += 1) {
    const k = node[i];
    const f = feature[k];
    node[i] = 2 * k + (places[i * width + f] - offsets[f] > bin[k] ? 1 : 0);
  }
}

function leafValues(residual, node, leaves, { rate, ridge }) {
  const counts = new Float64Array(leaves);
  const sums = new Float64Array(leaves);
  for (let i = 0; i < residual.length; i += 1) {
    counts[node[i] - leaves] += 1;
    sums[node[i] - leaves] += residual[i];
  }
  // Rounded before use, so that the model in the file is exactly the one that was trained.
  return Array.from(sums, (sum, k) => Number(((rate * sum) / (counts[k] + ridge)).toPrecision(6)));
}
