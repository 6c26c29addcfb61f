// Draws the figures of a page. The page's own colours are used, and drawn anew when they change.
"use strict";

const SIGNS = { green: "circle", yellow: "triangle-up", red: "diamond", none: "circle-open" };

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// What all figures have in common: no frame, no legend, quiet grid lines across.
function layoutOf(more) {
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, color: token("ink-2"), size: 13 },
    separators: ",\u00a0", showlegend: false, hovermode: "closest",
    ...more,
    yaxis: { gridcolor: token("hair"), zeroline: false, nticks: 6, fixedrange: true, automargin: false, ticks: "", tickformat: ",~f", ...more.yaxis },
  };
}

// Over a table of the same columns, each a unit wide.
function overColumns(columns, left, more) {
  return layoutOf({
    margin: { l: left, r: 0, t: 28, b: 8 },
    xaxis: { range: [0, columns], visible: false, fixedrange: true },
    ...more,
  });
}

function lightMarkers(lights, size) {
  return {
    symbol: lights.map((light) => SIGNS[light]),
    color: lights.map((light) => token(light)),
    line: { color: lights.map((light) => (light === "yellow" ? token("yellow-edge") : token("paper"))), width: 1.5 },
    size,
  };
}

// A plan against its actuals.
function plan(data, place) {
  const ink = token("ink"), names = place.dataset;
  const line = { mode: "lines+markers", hoverinfo: "y+name" };
  const traces = [
    {
      ...line, ...data.planned, name: names.planned, line: { color: ink, width: 1.25 },
      marker: { symbol: "square-open", size: 7, color: ink },
    },
    {
      ...line, x: data.actual.x, y: data.actual.y, name: names.actual, line: { color: ink, width: 3 },
      marker: lightMarkers(data.actual.light, 15),
    },
  ];
  const last = data.planned.x.length - 1;
  const annotations = last < 0 ? [] : [{
    x: data.planned.x[last], y: data.target, text: names.target, showarrow: false,
    xanchor: data.planned.x[last] > data.columns - 1.2 ? "right" : "left",
    yanchor: "bottom", xshift: 0, yshift: 6, font: { color: ink, size: 13 },
  }];
  return [traces, overColumns(data.columns, stub(place), { annotations })];
}

// The course of a KPI with its target, the limit below which it is red, and its margin of error.
function trend(data, place) {
  const ink = token("ink"), quiet = token("ink-2"), edge = token("edge"), names = place.dataset;
  const narrow = place.clientWidth < 600;
  const shape = data.is_path ? "linear" : "hvh";
  const traces = [
    { ...band(data), mode: "lines", line: { width: 0 }, fill: "toself", fillcolor: token("hair"), hoverinfo: "skip" },
    { ...data.limits, mode: "lines", line: { color: edge, width: 1, dash: "4px,3px", shape }, hoverinfo: "skip" },
    { ...data.targets, mode: "lines", line: { color: ink, width: 1.25, shape }, hoverinfo: "skip" },
    {
      x: data.x, y: data.y, mode: "lines+markers", connectgaps: false, line: { color: ink, width: 2.5 },
      marker: lightMarkers(data.light, data.x.length > 36 || narrow ? 9 : 14),
      text: data.says, hoverinfo: "text",
    },
  ];
  const last = data.targets.x.length - 1;
  const label = (y, text, color, yanchor) => ({
    x: data.targets.x[last] + 0.5, y, text, showarrow: false, xanchor: "right", yanchor, font: { color, size: 13 },
  });
  const annotations = [];
  // On a narrow one they would lie over the lines; the words below the chart say the same.
  if (!narrow && data.targets.y[last] !== null) annotations.push(label(data.targets.y[last], names.target, ink, "bottom"));
  if (!narrow && data.limits.y[last] !== null) annotations.push(label(data.limits.y[last], names.limit, quiet, "top"));
  const ticks = narrow ? data.ticks.at.filter((_at, n) => /^\d/.test(data.ticks.text[n])) : data.ticks.at;
  return [traces, layoutOf({
    margin: { l: narrow ? 52 : 64, r: 4, t: 16, b: 36 }, annotations,
    shapes: [{
      type: "rect", layer: "below", yref: "paper", y0: 0, y1: 1, x0: data.now - 0.5, x1: data.now + 0.5,
      line: { color: token("accent"), width: 2 }, fillcolor: token("wash"),
    }],
    xaxis: {
      range: [data.x[0] - 0.7, data.targets.x[last] + 0.7], fixedrange: true, showgrid: false, zeroline: false,
      showline: true, linecolor: ink, ticks: "outside", ticklen: 7, tickcolor: ink,
      tickvals: ticks, ticktext: ticks.map((at) => data.ticks.text[data.ticks.at.indexOf(at)]), tickangle: 0,
    },
    yaxis: { ticksuffix: data.suffix },
  })];
}

// The margin as closed areas, one for each run of periods; a single one is half a period wide.
function band(data) {
  const x = [], y = [];
  let run = [];
  const close = () => {
    if (!run.length) return;
    const wide = run.length > 1 ? run : [{ ...run[0], x: run[0].x - 0.25 }, { ...run[0], x: run[0].x + 0.25 }];
    const round = [...wide.map((p) => [p.x, p.high]), ...wide.reverse().map((p) => [p.x, p.low])];
    for (const point of [...round, round[0], [null, null]]) { x.push(point[0]); y.push(point[1]); }
    run = [];
  };
  data.x.forEach((at, n) => {
    if (data.margin[n] === null) close();
    else run.push({ x: at, high: data.y[n] + data.margin[n], low: data.y[n] - data.margin[n] });
  });
  close();
  return { x, y };
}

// A line a year: the newest is the strongest, older ones are thinner and broken.
function years(data, place) {
  const ink = token("ink"), quiet = token("ink-2");
  const newest = data.years.length - 1;
  const traces = data.years.map((year, n) => ({
    x: year.x, y: year.y, text: year.says, mode: "lines+markers", connectgaps: false, hoverinfo: "text",
    line: n === newest ? { color: ink, width: 3 } : { color: quiet, width: 1.5, dash: n === newest - 1 ? "solid" : "5px,4px" },
    marker: { color: n === newest ? ink : quiet, size: n === newest ? 8 : 5, symbol: n === newest ? "circle" : "square" },
  }));
  const annotations = data.years.map((year, n) => {
    const last = year.y.findLastIndex((y) => y !== null);
    return last < 0 ? null : {
      x: year.x[last], y: year.y[last], text: year.name, showarrow: false,
      xanchor: last < data.columns - 1 ? "left" : "right", yanchor: "bottom", xshift: last < data.columns - 1 ? 10 : 0, yshift: 4,
      font: { color: n === newest ? ink : quiet, size: n === newest ? 15 : 13 },
    };
  }).filter(Boolean);
  return [traces, overColumns(data.columns, stub(place), { annotations, yaxis: { ticksuffix: data.suffix } })];
}

function stub(place) {
  return place.parentElement.querySelector("tbody th").offsetWidth;
}

const FIGURES = { plan, trend, years };

function draw() {
  if (!window.Plotly) return;
  for (const place of document.querySelectorAll("[data-figure]")) {
    const source = document.getElementById(place.dataset.source);
    if (!source) continue;
    place.querySelector(".chart-still")?.remove(); // what stands there without this script
    const [traces, layout] = FIGURES[place.dataset.figure](JSON.parse(source.textContent), place);
    Plotly.react(place, traces, layout, { displayModeBar: false, responsive: true });
  }
}

draw();
document.addEventListener("htmx:afterSettle", draw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
