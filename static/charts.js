// Draws a plan against its actuals over the columns of the table below it.
"use strict";

const SIGNS = { green: "circle", yellow: "triangle-up", red: "diamond", none: "circle-open" };

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function figure(data, names, left) {
  const ink = token("ink"), quiet = token("ink-2"), hair = token("hair"), paper = token("paper");
  const line = { mode: "lines+markers", hoverinfo: "y+name" };
  const traces = [
    {
      ...line, ...data.planned, name: names.planned, line: { color: ink, width: 1.25 },
      marker: { symbol: "square-open", size: 7, color: ink },
    },
    {
      ...line, x: data.actual.x, y: data.actual.y, name: names.actual, line: { color: ink, width: 3 },
      marker: {
        symbol: data.actual.light.map((light) => SIGNS[light]),
        color: data.actual.light.map((light) => token(light)),
        line: { color: data.actual.light.map((light) => (light === "yellow" ? token("yellow-edge") : paper)), width: 1.5 },
        size: 15,
      },
    },
  ];
  const last = data.planned.x.length - 1;
  const annotations = last < 0 ? [] : [{
    x: data.planned.x[last], y: data.target, text: names.target, showarrow: false,
    xanchor: data.planned.x[last] > data.columns - 1.2 ? "right" : "left",
    yanchor: "bottom", xshift: 0, yshift: 6, font: { color: ink, size: 13 },
  }];
  const layout = {
    margin: { l: left, r: 0, t: 28, b: 8 },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, color: quiet, size: 13 },
    separators: ",\u00a0", showlegend: false, hovermode: "closest", annotations,
    xaxis: { range: [0, data.columns], visible: false, fixedrange: true },
    yaxis: { gridcolor: hair, zeroline: false, nticks: 6, fixedrange: true, automargin: false, ticks: "", tickformat: ",~f" },
  };
  return [traces, layout, { displayModeBar: false, responsive: true }];
}

function draw() {
  const place = document.getElementById("plan-chart");
  const source = document.getElementById("plan-chart-data");
  if (!place || !source || !window.Plotly) return;
  const stub = place.parentElement.querySelector("tbody th");
  const [traces, layout, config] = figure(JSON.parse(source.textContent), place.dataset, stub.offsetWidth);
  Plotly.react(place, traces, layout, config);
}

draw();
document.addEventListener("htmx:afterSettle", draw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
