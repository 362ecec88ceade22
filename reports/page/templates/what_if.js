"use strict";
// The chain of model/chain.py, asked again on the embedded draws. A browser test compares every
// answer with what analysis/report/what_if.py computes.
(() => {
  const data = JSON.parse(document.getElementById("what-if-data").textContent);
  const count = data.count, constant = data.constants;
  const [SECONDS_PER_DAY, EXA, TERA, FLOP_PER_PARAMETER_TOKEN] = [86400, 1e18, 1e12, 6];

  // Arrays -----------------------------------------------------------------------------------
  const unpacked = new Map();
  function array(name) {
    if (!unpacked.has(name)) {
      const stored = data.arrays[name];
      if (typeof stored === "number") unpacked.set(name, new Float64Array(count).fill(stored));
      else {
        const bytes = Uint8Array.from(atob(stored), (sign) => sign.charCodeAt(0));
        const view = new DataView(bytes.buffer);
        unpacked.set(name, Float64Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, true)));
      }
    }
    return unpacked.get(name);
  }
  const stated = (name) => array(data.stated[name]);
  const each = (make) => Float64Array.from({ length: count }, (_, i) => make(i));
  const share = (logit) => 1 / (1 + Math.exp(-logit));
  const log10FlopToEflops = (days) => Math.log10(SECONDS_PER_DAY * days * EXA);

  // Targets: log10 of the training FLOP of each draw ------------------------------------------
  function lineAt(i, year) {
    const last = data.line.arrays.length - 2;
    const at = Math.min(Math.max(Math.floor(year) - data.line.first, 0), last);
    const low = array(data.line.arrays[at])[i], high = array(data.line.arrays[at + 1])[i];
    return low + (high - low) * (year - data.line.first - at);
  }
  const optimal = (i) => {
    const size = stated("law_size")[i], pivot = Math.log10(constant.law_pivot_flop);
    return { size, pivot, a: stated("law_a")[i], b: stated("law_b")[i] };
  };
  function ofModel(i, log10Parameters) {
    const law = optimal(i);
    const budget = law.pivot + (log10Parameters - law.size) / law.a;
    const pivotTokens = law.pivot - Math.log10(FLOP_PER_PARAMETER_TOKEN) - law.size;
    const tokens = pivotTokens + law.b * (budget - law.pivot);
    return Math.log10(FLOP_PER_PARAMETER_TOKEN) + log10Parameters + tokens;
  }
  const targets = {
    frontier: (i, asked) => lineAt(i, asked.year),
    lag: (i, asked) => lineAt(i, asked.year - asked.lag),
    record: (i, asked) => {
      const ahead = constant.record_known ? Math.abs(asked.year - constant.record_until) : Infinity;
      const kept = share(stated("record_persistence")[i]) ** ahead;
      const mean = stated("record_excess")[i];
      const spread = stated("record_spread")[i] * Math.sqrt(1 - kept * kept);
      const excess = mean + kept * (stated("record_last")[i] - mean) + spread * stated("record_deviation")[i];
      return lineAt(i, asked.year) + excess;
    },
    national: (i, asked) => {
      const lag = stated("lag_level")[i] + stated("lag_growth")[i] * (asked.year - constant.lag_pivot) + stated("lag_deviation")[i];
      return lineAt(i, asked.year - lag);
    },
    "model-size": (i) => ofModel(i, Math.log10(constant.parameters)),
    "roadmap-chain": (i, asked) => ofModel(i, Math.log10(constant.coefficient) + constant.exponent * lineAt(i, asked.year)),
  };

  // Efficiency on so many devices (model/delivered/efficiency.py) ------------------------------
  function curveOf(regime, precision) {
    const stored = regime.curves[precision];
    const fields = Object.fromEntries(["mfu", "slope", "goodput", "fall", "factor"].map((key) => [key, array(stored[key])]));
    const [low, high] = regime.device_range.map(Math.log10);
    const at = (i, devices) => {
      const decades = devices - stored.pivot;
      return [share(fields.mfu[i] + fields.slope[i] * decades), share(fields.goodput[i] - fields.fall[i] * decades)];
    };
    const delivered = (i, devices) => { const [mfu, goodput] = at(i, devices); return fields.factor[i] * mfu * goodput; };
    const steepness = (i, devices) => {
      const [mfu, goodput] = at(i, devices);
      return 1 - (fields.fall[i] * (1 - goodput) - fields.slope[i] * (1 - mfu)) / Math.LN10;
    };
    const mostUseful = (i) => {
      if (steepness(i, high) > 0) return high;
      let few = low, many = high;
      for (let step = 0; step < 40; step++) {
        const middle = (few + many) / 2;
        if (steepness(i, middle) > 0) few = middle; else many = middle;
      }
      return few;
    };
    return { low, delivered, mostUseful };
  }
  function devicesFor(curve, i, perShare) {
    let few = curve.low, many = curve.mostUseful(i);
    if (!(perShare - Math.log10(curve.delivered(i, many)) < many)) return many;
    if (perShare - Math.log10(curve.delivered(i, few)) <= few) return few;
    for (let step = 0; step < 60; step++) {
      const middle = (few + many) / 2;
      if (middle > perShare - Math.log10(curve.delivered(i, middle))) many = middle; else few = middle;
    }
    return (few + many) / 2;
  }

  // Answers -----------------------------------------------------------------------------------
  const ascending = (values) => Float64Array.from(values).sort();
  function quantile(sorted, probability) {
    const at = probability * (sorted.length - 1), low = Math.floor(at);
    const high = Math.min(low + 1, sorted.length - 1);
    return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
  }
  const quantiles = (sorted) => Object.fromEntries(data.quantiles.map((p) => [String(p), 10 ** quantile(sorted, p)]));
  function answer(asked) {
    const regime = data.regimes[asked.regime], curve = curveOf(regime, asked.precision);
    const tflops = regime.tflops[asked.precision];
    const ratio = Math.log10(regime.tokens_ratio);
    const flop = each((i) => targets[asked.target](i, asked) + ratio);
    const effective = flop.map((value) => value - log10FlopToEflops(asked.days));
    const peak = each((i) => {
      const devices = devicesFor(curve, i, effective[i] + Math.log10(EXA / TERA / tflops));
      return effective[i] - Math.log10(curve.delivered(i, devices));
    });
    const machinePeak = asked.devices * tflops * TERA / EXA;
    const delivered = each((i) => {
      const devices = Math.max(curve.low, Math.min(Math.log10(asked.devices), curve.mostUseful(i)));
      return Math.log10(machinePeak * curve.delivered(i, devices));
    });
    let met = 0;
    for (let i = 0; i < count; i++) if (delivered[i] >= effective[i]) met += 1;
    const sorted = { effective: ascending(effective), delivered: ascending(delivered) };
    return {
      effective_eflops: quantiles(sorted.effective),
      peak_eflops: quantiles(ascending(peak)),
      delivered_eflops: quantiles(sorted.delivered),
      probability_met: met / count,
      machine_peak_eflops: machinePeak,
      megawatt_hours: asked.devices * regime.kilowatts / 1000 * 24 * asked.days,
      price: asked.devices * asked.price,
      sorted,
    };
  }

  // Panel -------------------------------------------------------------------------------------
  const form = document.getElementById("panel");
  const field = (name) => form.elements[name];
  const raised = (power) => String(power).replace(/[-\d]/g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]);
  function shown(value, digits = 2) {
    if (!Number.isFinite(value)) return "–";
    if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)) {
      const [mantissa, power] = value.toExponential(digits - 1).split("e");
      return `${mantissa}×10${raised(Number(power))}`;
    }
    return new Intl.NumberFormat(data.language, { maximumSignificantDigits: Math.max(digits, 2) }).format(value);
  }
  function asked() {
    const numbers = Object.fromEntries(["year", "days", "lag", "devices", "price"].map((name) => [name, field(name).valueAsNumber]));
    const valid = ["year", "days", "lag", "devices", "price"].every((name) => field(name).checkValidity() && Number.isFinite(numbers[name]));
    return valid ? { ...numbers, target: field("target").value, regime: field("regime").value, precision: field("precision").value } : null;
  }
  function points(sorted, name) {
    const kept = [];
    for (let at = 0; at <= 200; at++) {
      const probability = 0.0025 + 0.995 * at / 200;
      kept.push({ name, x: 10 ** quantile(sorted, probability), y: 1 - probability });
    }
    return kept;
  }
  function tell() {
    const question = asked();
    if (question === null) return;
    const found = answer(question);
    const need = found.effective_eflops;
    const put = (name, text) => { document.getElementById(`out-${name}`).textContent = text; };
    put("median", shown(need["0.5"]));
    put("interval", `${shown(need["0.025"])}–${shown(need["0.975"])}`);
    put("sure", shown(found.peak_eflops["0.9"]));
    document.getElementById("unit-peak").textContent = `EFLOPS ${question.precision}`;
    put("delivered", shown(found.delivered_eflops["0.5"]));
    put("met", new Intl.NumberFormat(data.language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(found.probability_met));
    put("energy", shown(found.megawatt_hours, 3));
    put("cost", shown(found.price, 3));
    const curves = [...points(found.sorted.effective, data.texts.required), ...points(found.sorted.delivered, data.texts.machine_curve)];
    turn = turn.then(() => draw(curves));
    field("lag").disabled = question.target !== "lag";
  }

  // Chart: Vega, from the bundled library --------------------------------------------------------
  let view = null, turn = Promise.resolve();
  function specification(width, values) {
    const names = [data.texts.required, data.texts.machine_curve];
    return {
      width: Math.max(200, width - 75), height: 240, padding: 5, autosize: { type: "pad" },
      data: [{ name: "curves", values }, { name: "roadmap", values: data.roadmap.map((x, i) => ({ x, side: i ? "left" : "right", dx: i ? 4 : -4 })) }],
      scales: [
        { name: "x", type: "log", range: "width", domain: { data: "curves", field: "x" }, nice: false, zero: false },
        { name: "y", range: "height", domain: [0, 1] },
        { name: "color", type: "ordinal", domain: names, range: ["#0072B2", "#C04A00"] },
        { name: "dash", type: "ordinal", domain: names, range: [[1, 0], [6, 3]] },
      ],
      axes: [
        { orient: "bottom", aria: false, scale: "x", title: data.texts.x_title, tickCount: 6, labelOverlap: "greedy", labelSeparation: 8, titleFontSize: 13, titleFontWeight: "normal", labelFontSize: 12, encode: { labels: { update: { text: { signal: "indexof([1, 2, 5], +slice(format(datum.value, '.0e'), 0, 1)) < 0 ? '' : datum.value >= 0.001 && datum.value < 100000 ? format(datum.value, ',~g') : format(datum.value, '~e')" } } } } },
        { orient: "left", aria: false, scale: "y", title: data.texts.y_title, grid: true, titleFontSize: 13, titleFontWeight: "normal", labelFontSize: 12 },
      ],
      legends: [{ aria: false, stroke: "color", strokeDash: "dash", symbolType: "stroke", orient: "top", labelFontSize: 13, symbolSize: 400, columns: 1, labelLimit: 300 }],
      marks: [
        { type: "group", aria: false, clip: true, encode: { update: { width: { signal: "width" }, height: { signal: "height" } } }, marks: [
          { type: "rule", aria: false, from: { data: "roadmap" }, encode: { update: { x: { scale: "x", field: "x" }, y: { value: 0 }, y2: { signal: "height" }, stroke: { value: "#333" }, strokeDash: { value: [4, 2] } } } },
          { type: "text", aria: false, from: { data: "roadmap" }, encode: { update: { x: { scale: "x", field: "x" }, dx: { field: "dx" }, y: { value: 12 }, text: { field: "x" }, align: { field: "side" }, fontSize: { value: 12 }, fill: { value: "#333" } } } },
        ] },
        { type: "group", aria: false, from: { facet: { name: "one", data: "curves", groupby: "name" } }, marks: [
          { type: "line", aria: false, from: { data: "one" }, encode: { update: { x: { scale: "x", field: "x" }, y: { scale: "y", field: "y" }, stroke: { scale: "color", field: "name" }, strokeDash: { scale: "dash", field: "name" }, strokeWidth: { value: 2.5 } } } },
        ] },
      ],
    };
  }
  const chart = document.getElementById("chart");
  let width = 0;
  async function draw(values) {
    const now = Math.min(chart.clientWidth, 860);
    if (view === null || now !== width) {
      width = now;
      if (view !== null) view.finalize();
      const asked = { mode: "vega", renderer: "svg", actions: false, hover: false };
      const made = await window.vegaEmbed(chart, specification(width, values), asked);
      view = made.view;
      return;
    }
    view.data("curves", values).run();
  }
  field("regime").addEventListener("change", () => { field("precision").value = data.regimes[field("regime").value].precision; });
  form.addEventListener("input", tell);
  form.addEventListener("change", tell);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("resize", tell);
  window.eflops = { answer };
  tell();
})();
