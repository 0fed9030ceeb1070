const options = {renderer: "svg", actions: false};

// Hands a file to the browser's downloads, from this page alone.
function keep(name, kind, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], {type: kind}));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// The numbers under a chart as CSV.
function rowsOf(table) {
  const quoted = (cell) => '"' + cell.textContent.trim().replaceAll('"', '""') + '"';
  return Array.from(table.rows, (row) => Array.from(row.cells, quoted).join(",")).join("\r\n") + "\r\n";
}

function offer(name, view) {
  const chart = document.getElementById(name + "-chart");
  const figure = document.getElementById(name);
  const table = figure && figure.querySelector("table");
  const stem = document.title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") + "-" + name;
  const ways = {
    SVG: () => view.toSVG().then((text) => keep(stem + ".svg", "image/svg+xml", text)),
    PNG: () => view.toCanvas(2).then((canvas) => canvas.toBlob((blob) => keep(stem + ".png", "image/png", blob))),
  };
  if (table) ways.CSV = () => keep(stem + ".csv", "text/csv", "\ufeff" + rowsOf(table));
  const line = document.createElement("p");
  line.className = "save";
  line.append("Save");
  for (const [way, save] of Object.entries(ways)) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = way;
    button.setAttribute("aria-label", "Save as " + way + ": " + (charts[name].description || name).slice(0, 80));
    button.onclick = save;
    line.append(button);
  }
  if (figure) figure.append(line);
  else chart.after(line);
}

for (const [name, chart] of Object.entries(charts)) {
  vegaEmbed("#" + name + "-chart", chart, options).then((drawn) => offer(name, drawn.view)).catch((error) => {
    document.getElementById(name + "-chart").textContent =
      "This chart could not be drawn: " + error.message;
  });
}

// Says of each table whether there are columns beyond its edge.
const sized = new ResizeObserver((entries) => {
  for (const {target} of entries) target.classList.toggle("more", target.scrollWidth > target.clientWidth + 1);
});
document.querySelectorAll(".scroll").forEach((place) => sized.observe(place));
